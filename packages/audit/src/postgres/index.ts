export { AuditLog } from './auditLog.ts';
export { type AppendedEntry, type AppendPorts, maxBatch } from './batch.ts';
export { Checkpointer, type CheckpointerPorts, type CheckpointMemory, type CheckpointOutcome } from './checkpointer.ts';
export { AuditStoreError } from './errors.ts';
export { installLog, type LogRoles } from './installLog.ts';
export { LogReader, type StoredLeaf } from './logReader.ts';
export { nodeTreeHasher } from './nodeTreeHasher.ts';
export { verifyStore } from './verifyStore.ts';
export type { WitnessClient } from './witnessClient.ts';
