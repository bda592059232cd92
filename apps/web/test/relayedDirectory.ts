import { vi } from 'vitest';
import { createDirectoryReader } from '../src/call/clinicDirectory.ts';
import { randomId } from '../src/keystore/bytes.ts';
import type { PinStorage } from '../src/keystore/pins.ts';
import type { SoftKeystore } from './softKeystore.ts';

type ClinicWord = ReturnType<typeof configOf>;

/** What a browser remembers. */
export class Memory implements PinStorage {
  readonly kept = new Map<string, string>();
  getItem = (key: string) => this.kept.get(key) ?? null;
  setItem = (key: string, value: string) => void this.kept.set(key, value);
}

/** Of the directory that is relayed. */
export const staff = randomId();
/** By a page that was just opened. */
export const readClinicDirectory = (config: ClinicWord, storage: PinStorage | null) =>
  createDirectoryReader(storage)(config);
export const credentials = { living: 'L'.repeat(32), revoked: 'R'.repeat(32) };
/** What such a keystore's clinic says of itself. */
export const configOf = ({ pins }: SoftKeystore, clinicians: 'any' | 'proven' = 'any') => ({
  clinic: { id: pins.clinic, name: 'Clinic' },
  clinicians,
});

/** The clinic's server relays this keystore's keys and directory; without one it doesn't answer. */
export async function relay(
  keystore: SoftKeystore | null,
  tells: readonly string[] = Object.values(credentials),
  ends: readonly string[] = [credentials.revoked],
) {
  if (keystore === null) {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no way')));
    return;
  }
  const { clinic } = keystore.pins;
  const enrol = (credential: string) =>
    keystore.sign({
      ...{ type: 'sotto/clinician/v1', clinic, subject: staff, role: 'physician', licence: null, credential },
      ...{ publicKey: 'B'.repeat(87), enrolledBy: [], enrolledAt: '2031-05-06T07:08:09.000Z' },
    });
  const entries = await Promise.all(tells.map(enrol));
  const revoke = (credential: string) =>
    keystore.sign({
      ...{ type: 'sotto/clinician-revoked/v1', clinic, subject: staff, credential },
      ...{ reason: 'lost', revokedBy: [], revokedAt: '2031-05-07T07:08:09.000Z' },
    });
  const revocations = await Promise.all(ends.map(revoke));
  const answers = new Map<string, unknown>([
    ['/api/keystore/identity', { ...keystore.pins, master: 'software' }],
    ['/api/keystore/directory', { entries, revocations, people: [] }],
  ]);
  vi.stubGlobal('fetch', (path: string) => Promise.resolve(Response.json(answers.get(path))));
}
