export { sealBytes } from './blob.ts';
export type { Bytes } from './bytes.ts';
export {
  canonicalContext,
  contextHash,
  type Hash,
  hash,
  kinds,
  type ObjectContext,
  type ObjectId,
  objectContext,
  objectId,
  type Part,
  type RunContext,
} from './context.ts';
export type { SealedPiece, Sink } from './delivery.ts';
export {
  ArgumentError,
  AuthenticityError,
  DeadRunError,
  FormatError,
  type Layer,
  LengthError,
  LimitError,
  MismatchError,
  type Place,
  PortError,
  UnknownVersionError,
  VaultError,
} from './errors.ts';
export { beginsRun, headerLength, parseHeader, type RunHeader } from './header.ts';
export { maxHeadLength, maxReadLength, maxRuns } from './limits.ts';
export {
  beginsManifest,
  type CheckedManifest,
  checkManifest,
  inspectManifest,
  type Manifest,
  type ManifestExpectation,
  maxManifestLength,
  type ParsedManifest,
  signManifest,
} from './manifest.ts';
export { ObjectReader, type ObjectSources, openObject, verifyObject } from './object.ts';
export { type Passkey, passkeySigner } from './passkey.ts';
export { type Ending, fileLength, type RunRecord, runRecord } from './record.ts';
export type { RunOptions } from './run.ts';
export { type KeyPort, RunReader } from './runReader.ts';
export { createRun, type RunWriter } from './runWriter.ts';
export type { Algorithm, ManifestSigner, TrustedSigner } from './signature.ts';
export { type ByteSource, bytesSource, sliceSource } from './source.ts';
export { type NotedRun, type Survey, surveyRun } from './survey.ts';
export type { Assertion } from './webauthn.ts';
export { createObjectKeyPair, type ObjectKeyPair, privateKeyLength, publicKeyLength, unwrapDataKey } from './wrap.ts';
