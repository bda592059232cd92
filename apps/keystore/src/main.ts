import { runService } from '@sotto/service/shutdown';
import type { Policy } from './release/policy.ts';
import { startKeystore } from './service.ts';

/** Until the clinic's policies are here (packages/policy), nobody may open anything. */
const closed: Policy = { decide: async () => ({ tag: 'deny', reasons: ['noPolicy'] }) };

await runService(() => startKeystore(closed));
