import { runService } from '@sotto/service/shutdown';
import { startWitness } from './witnessService.ts';

await runService(startWitness);
