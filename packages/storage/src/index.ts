export {
  ArgumentError,
  ConfigurationError,
  DeniedError,
  FullError,
  StorageError,
  TruncatedError,
  UnavailableError,
} from './errors.ts';
export {
  type CreateOptions,
  type Creation,
  type Deletion,
  type Holding,
  type ListedPart,
  maxPartLength,
  maxTicketMs,
  type ObjectStore,
  type PartInfo,
  type Reading,
  type Retaining,
  type TicketOptions,
  type UploadTicket,
} from './objectStore.ts';
export { maxReadLength } from './partedSource.ts';
export {
  type FolderId,
  folderId,
  folderIdFrom,
  type Leaf,
  maxRuns,
  type PartName,
  partName,
  readPartName,
} from './partName.ts';
export { type Opening, type OpenOptions, openStoredObject, type StoredObject } from './storedObject.ts';
