import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { configureStorage } from '../src/storageConfiguration.ts';

const folder = mkdtempSync(join(tmpdir(), 'sotto-storage-settings-'));
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text, { mode: 0o600 });
  return join(folder, name);
};
afterEach(() => {
  vi.unstubAllEnvs();
});
afterAll(() => rmSync(folder, { recursive: true }));

const configure = (changes: Record<string, string>) => {
  for (const [name, value] of Object.entries(changes)) vi.stubEnv(name, value);
  return configureStorage();
};
const bucket = () => ({
  ...{ API_STORAGE: 's3', API_STORAGE_S3_REGION: 'eu-south-2', API_STORAGE_S3_BUCKET: 'clinic-recordings' },
  API_STORAGE_S3_CREDENTIALS_FILE: file('credentials', '{"accessKeyId":"a","secretAccessKey":"b"}'),
});

describe('the settings of the storage', () => {
  it('are a folder unless a bucket is named', () => {
    const ticketKeyFile = file('ticket.key', Buffer.alloc(32, 7).toString('base64url'));
    const settings = configure({ API_STORAGE_FOLDER: folder, API_STORAGE_TICKET_KEY_FILE: ticketKeyFile });
    expect(settings).toMatchObject({
      place: { tag: 'filesystem', root: folder },
      retentionDays: null,
      abandonDays: 30,
    });
    const short = file('short.key', Buffer.alloc(31).toString('base64url'));
    expect(() => configure({ API_STORAGE_TICKET_KEY_FILE: short })).toThrow(/32 bytes/);
  });

  it('tell pages where a bucket’s uploads go', () => {
    expect(configure(bucket()).place).toMatchObject({
      ...{ tag: 's3', origin: 'https://clinic-recordings.s3.eu-south-2.amazonaws.com' },
      options: { endpoint: null, encryption: null, retentionMode: 'GOVERNANCE' },
    });
    const own = configure({
      ...{
        ...bucket(),
        API_STORAGE_S3_ENDPOINT: 'https://store.example:7480/',
        API_STORAGE_S3_ENCRYPTION: 'aws:kms:key-1',
      },
      ...{ API_STORAGE_S3_RETENTION: 'COMPLIANCE', API_RECORDING_RETENTION_DAYS: '3650' },
    });
    expect(own).toMatchObject({
      place: {
        origin: 'https://store.example:7480',
        options: { encryption: { algorithm: 'aws:kms', keyId: 'key-1' }, retentionMode: 'COMPLIANCE' },
      },
      retentionDays: 3650,
    });
  });

  it.each([
    ['API_STORAGE_S3_CREDENTIALS_FILE', () => file('bad', '{}')],
    ['API_STORAGE_S3_BUCKET', () => 'Planted_Bucket'],
    ['API_STORAGE_S3_ENDPOINT', () => 'ftp://planted'],
    ['API_STORAGE_S3_ENCRYPTION', () => 'planted'],
    ['API_RECORDING_ABANDON_DAYS', () => '0'],
  ])('are refused by name where %s is wrong', (name, value) => {
    expect(() => configure({ ...bucket(), [name]: value() })).toThrow(name);
  });
});
