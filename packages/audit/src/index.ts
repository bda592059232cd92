export { fromBase64url, toBase64url } from './bytes.ts';
export {
  type Checkpoint,
  cosign,
  cosignedAt,
  encodeSignedCheckpoint,
  formatCheckpoint,
  parseCheckpoint,
  parseSignedCheckpoint,
  type SignedCheckpoint,
  signCheckpoint,
  signedByLog,
  withSignature,
} from './checkpoint.ts';
export type { LogTrust } from './checkpointTrust.ts';
export { commit } from './commitment.ts';
export { appendLeaves, type CompactRange, emptyRange, rootOf } from './compactRange.ts';
export {
  decodeEntry,
  type Entry,
  type EntryDraft,
  encodeEntry,
  maxEntryBytes,
  saltLength,
} from './entry.ts';
export { AuditFormatError, AuditUsageError } from './errors.ts';
export {
  type ExportHeader,
  formatCheckpointLine,
  formatExportHeader,
  formatLeafLine,
  formatProvenEntry,
  isCheckpointLine,
  type LoggedContent,
  type LoggedLeaf,
  type ProvenEntry,
  parseCheckpointLine,
  parseExportHeader,
  parseLeafLine,
  parseProvenEntry,
} from './exportLine.ts';
export { describeFinding, type Finding, type VerificationReport } from './finding.ts';
export {
  createVerifierKey,
  formatVerifierKey,
  type NoteKeyType,
  type NoteSignature,
  type NoteSigner,
  noteKeyTypes,
  parseVerifierKey,
  type VerifierKey,
} from './note.ts';
export { type OpenTime, openTimeOf, openTimesIn } from './openTime.ts';
export { nextInChain, type PatientHead } from './patientChain.ts';
export { type ListedPlace, type PatientListVerdict, type ShownPlace, verifyPatientList } from './patientList.ts';
export {
  consistencyPath,
  inclusionPath,
  type Subtree,
  verifyConsistency,
  verifyInclusion,
} from './proof.ts';
export { createTreeHasher, hashLength, portableTreeHasher, type Sha256, type TreeHasher } from './treeHasher.ts';
export {
  type EntryRefusal,
  type EntryVerdict,
  type ErasureVerdict,
  verifyErasedEntry,
  verifyProvenEntry,
} from './verifyEntry.ts';
export { verifyLog } from './verifyLog.ts';
