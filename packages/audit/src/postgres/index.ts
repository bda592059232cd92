export { type AppendedEntry, type AppendPorts, maxBatch } from './appendBatch.ts';
export { AuditLog } from './auditLog.ts';
export { Checkpointer, type CheckpointerPorts, type CheckpointOutcome, type WitnessClient } from './checkpointer.ts';
export { AuditStoreError } from './errors.ts';
export { installLog, type LogRoles } from './installLog.ts';
export { nodeTreeHasher } from './nodeTreeHasher.ts';
