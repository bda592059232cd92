export {
  type FilesystemOptions,
  type FilesystemStore,
  initialiseFilesystemStore,
  openFilesystemStore,
  type Redemption,
} from './filesystemStore.ts';
