import { parseJson, path, readEnvironment, readSecret } from '@sotto/service/environment';
import { StartError } from '@sotto/service/errors';
import { StorageError } from '@sotto/storage';
import { openFilesystemStore } from '@sotto/storage/filesystem';
import type { S3Options, ServerEncryption } from '@sotto/storage/s3';
import * as z from 'zod';
import type { RecordingStorage } from './recordingStorage.ts';

const days = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .pipe(z.int().min(1).max(36_500));

const variables = {
  API_STORAGE: z.enum(['filesystem', 's3']).default('filesystem'),
  API_STORAGE_FOLDER: path.optional(),
  API_STORAGE_TICKET_KEY_FILE: path.optional(),
  API_STORAGE_S3_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  API_STORAGE_S3_REGION: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/)
    .optional(),
  API_STORAGE_S3_BUCKET: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/)
    .optional(),
  API_STORAGE_S3_CREDENTIALS_FILE: path.optional(),
  /** `none`, `AES256`, or `aws:kms:` and the key's id. */
  API_STORAGE_S3_ENCRYPTION: z
    .string()
    .regex(/^(none|AES256|aws:kms:[\w:/-]{1,2048})$/)
    .default('none'),
  API_STORAGE_S3_RETENTION: z.enum(['COMPLIANCE', 'GOVERNANCE']).default('GOVERNANCE'),
  API_RECORDING_RETENTION_DAYS: days.optional(),
  API_RECORDING_ABANDON_DAYS: days.default(30),
};
type Named = z.infer<z.ZodObject<typeof variables>>;

const credentials = z.strictObject({ accessKeyId: z.string().min(1), secretAccessKey: z.string().min(1) });

/** A folder on this machine, or a bucket. */
export type StoragePlace =
  | { readonly tag: 'filesystem'; readonly root: string; readonly ticketKey: Uint8Array }
  | { readonly tag: 's3'; readonly options: S3Options; readonly origin: string };

export interface StorageSettings {
  readonly place: StoragePlace;
  readonly retentionDays: number | null;
  readonly abandonDays: number;
}

/**
 * Where recordings are kept, and for how long.
 *
 * @throws StartError naming the variable at fault
 */
export function configureStorage(): StorageSettings {
  const named = readEnvironment(variables);
  return {
    place: named.API_STORAGE === 's3' ? bucketOf(named) : folderOf(named),
    retentionDays: named.API_RECORDING_RETENTION_DAYS ?? null,
    abandonDays: named.API_RECORDING_ABANDON_DAYS,
  };
}

function folderOf({ API_STORAGE_FOLDER: root, API_STORAGE_TICKET_KEY_FILE: keyFile }: Named): StoragePlace {
  if (root === undefined || keyFile === undefined) {
    throw new StartError('Set API_STORAGE_FOLDER and API_STORAGE_TICKET_KEY_FILE in the environment.');
  }
  const ticketKey = Buffer.from(readSecret(keyFile, 'API_STORAGE_TICKET_KEY_FILE'), 'base64url');
  if (ticketKey.byteLength !== 32) {
    throw new StartError('The file that API_STORAGE_TICKET_KEY_FILE names must hold 32 bytes in base64url.');
  }
  return { tag: 'filesystem', root, ticketKey };
}

function bucketOf(named: Named): StoragePlace {
  const { API_STORAGE_S3_REGION: region, API_STORAGE_S3_BUCKET: bucket } = named;
  const file = named.API_STORAGE_S3_CREDENTIALS_FILE;
  if (region === undefined || bucket === undefined || file === undefined) {
    throw new StartError(
      'Set API_STORAGE_S3_REGION, API_STORAGE_S3_BUCKET and API_STORAGE_S3_CREDENTIALS_FILE in the environment.',
    );
  }
  const variable = 'API_STORAGE_S3_CREDENTIALS_FILE';
  const endpoint = named.API_STORAGE_S3_ENDPOINT ?? null;
  return {
    tag: 's3',
    options: {
      ...{ endpoint, region, bucket, credentials: parseJson(readSecret(file, variable), credentials, variable) },
      ...{ encryption: encryptionOf(named.API_STORAGE_S3_ENCRYPTION), now: () => new Date() },
      retentionMode: named.API_STORAGE_S3_RETENTION,
    },
    // As the requests go: by path to an endpoint of one's own, by host name to Amazon's.
    origin: endpoint === null ? `https://${bucket}.s3.${region}.amazonaws.com` : new URL(endpoint).origin,
  };
}

function encryptionOf(text: string): ServerEncryption {
  if (text === 'none') return null;
  return text === 'AES256' ? { algorithm: text } : { algorithm: 'aws:kms', keyId: text.slice('aws:kms:'.length) };
}

/** What a store that can't be used is to whoever starts the service. */
export function startFault(fault: unknown): unknown {
  if (!(fault instanceof StorageError)) return fault;
  return new StartError(
    `The storage of recordings can't be used (${fault.code}): see to API_STORAGE_*, or run src/prepareStorage.ts once.`,
  );
}

/**
 * @param onFault told of all that the store doesn't do later
 * @throws StartError if it can't be used as it is
 */
export async function openRecordingStorage(
  { place, retentionDays, abandonDays }: StorageSettings,
  onFault: (fault: unknown) => void,
): Promise<RecordingStorage> {
  const common = { retentionDays, abandonDays, onFault };
  try {
    if (place.tag === 's3') {
      // Only who has a bucket needs the SDK.
      const { openS3Store } = await import('@sotto/storage/s3');
      return { ...common, store: await openS3Store(place.options), redeem: null, origin: place.origin };
    }
    const store = await openFilesystemStore({ ...place, now: () => new Date() });
    return { ...common, store, redeem: (...given) => store.redeem(...given), origin: null };
  } catch (fault) {
    throw startFault(fault);
  }
}
