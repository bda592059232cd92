import { type Entry, type NoteKeyType, type NoteSigner, portableTreeHasher } from '../src/index.ts';
import { createVerifierKey } from '../src/note.ts';

export const fromHex = (hex: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
export const toHex = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');

/** An act without a patient, unless told otherwise. */
export const sampleDraft = {
  time: '2026-11-22T08:00:00.000Z',
  actor: 'staff-1',
  role: 'physician',
  action: 'recording.open',
  resource: 'recording:7',
  patient: null,
  purpose: 'treatment',
  address: '192.0.2.7',
  userAgent: 'Example/1.0',
  session: 'session-1',
  before: null,
  after: null,
  outcome: 'allowed',
} as const;

export const sampleEntry = (change: Partial<Entry> = {}): Entry => ({
  v: 1,
  id: 'AAAAAAAAAAAAAAAAAAAAAA',
  ...sampleDraft,
  patientSequence: null,
  patientPrevious: null,
  ...change,
});

/** A fresh key of the platform's own. */
export async function createSigner(name: string, type: NoteKeyType): Promise<NoteSigner> {
  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
  const raw = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  return {
    key: createVerifierKey(name, type, raw, portableTreeHasher.sha256),
    sign: async (message) => new Uint8Array(await crypto.subtle.sign('Ed25519', pair.privateKey, message)),
  };
}
