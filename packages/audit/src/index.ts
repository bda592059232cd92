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
export { commit } from './commitment.ts';
export { appendLeaves, type CompactRange, emptyRange, rootOf, subtreeCount } from './compactRange.ts';
export {
  completeSpelling,
  type DraftSpelling,
  decodeEntry,
  type Entry,
  type EntryDraft,
  encodeEntry,
  maxEntryBytes,
  saltLength,
  spellDraft,
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
  formatSignatures,
  formatVerifierKey,
  type NoteKeyType,
  type NoteSignature,
  type NoteSigner,
  noteKeyTypes,
  parseSignatures,
  parseVerifierKey,
  type VerifierKey,
} from './note.ts';
export { nextInChain, type PatientHead } from './patientChain.ts';
export {
  consistencyPath,
  inclusionPath,
  maxProofLength,
  rootFromInclusion,
  type Subtree,
  splitPoint,
  verifyConsistency,
  verifyInclusion,
} from './proof.ts';
export { createTreeHasher, hashLength, portableTreeHasher, type Sha256, type TreeHasher } from './treeHasher.ts';
export { type EntryVerdict, verifyProvenEntry } from './verifyEntry.ts';
export { type LogTrust, verifyLog } from './verifyLog.ts';
