import { origins, readEnvironment } from '@sotto/service/environment';
import { startSentence } from '@sotto/service/errors';
import { failed } from '@sotto/service/shutdown';
import { initialiseFilesystemStore } from '@sotto/storage/filesystem';
import { configureStorage, startFault } from './storageConfiguration.ts';

/**
 * Makes a folder or a bucket ready for recordings, once: `API_STORAGE_*` as the api has them, `API_ORIGINS` for a bucket.
 * A bucket's credentials need more rights here than the api's (packages/storage/SPEC.md section 6).
 */
async function prepare(): Promise<void> {
  const { place } = configureStorage();
  if (place.tag === 'filesystem') return initialiseFilesystemStore(place.root);
  const { installBucket } = await import('@sotto/storage/s3');
  await installBucket(place.options, { origins: readEnvironment({ API_ORIGINS: origins }).API_ORIGINS });
}

try {
  await prepare();
} catch (fault) {
  await failed(startSentence(startFault(fault)), fault);
}
