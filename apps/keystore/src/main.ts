import { runService } from '@sotto/service/shutdown';
import { configurePolicy } from './configuration.ts';
import { openClinicPolicy } from './release/clinicPolicy.ts';
import { startKeystore } from './service.ts';

await runService(() => startKeystore(openClinicPolicy(configurePolicy())));
