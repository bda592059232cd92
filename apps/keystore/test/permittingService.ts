// The service with a policy that permits, in place of one that doesn't exist yet.
import { runService } from '@sotto/service/shutdown';
import { startKeystore } from '../src/service.ts';

await runService(() => startKeystore({ decide: async () => ({ tag: 'permit' }) }));
