/** SPEC.md section 5: notes, checkpoints, cosignatures. */
import { createPublicKey, verify } from 'node:crypto';
import { sha256 } from './secondTree.ts';

export interface SecondKey {
  readonly name: string;
  readonly id: Buffer;
  readonly type: number;
  readonly publicKey: Buffer;
}

export interface SecondCheckpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
}

const must = (condition: boolean, what: string): void => {
  if (!condition) throw new Error(`second verifier: ${what}`);
};

const base64 = (text: string): Buffer => {
  const bytes = Buffer.from(text, 'base64');
  must(bytes.toString('base64') === text, 'base64 has one spelling');
  return bytes;
};

export const readKey = (text: string): SecondKey => {
  const [name = '', id = '', encoded = ''] = text.split(/\+([0-9a-f]{8})\+/);
  const bytes = base64(encoded);
  const expected = sha256(Buffer.from(`${name}\n`), bytes).subarray(0, 4);
  must(expected.toString('hex') === id, 'the id is the key’s');
  return { name, id: expected, type: bytes[0] ?? 0, publicKey: bytes.subarray(1) };
};

interface Note {
  readonly text: string;
  readonly signatures: readonly { readonly name: string; readonly id: Buffer; readonly signature: Buffer }[];
}

const readNote = (note: string): Note => {
  const at = note.lastIndexOf('\n\n');
  must(at > 0 && note.endsWith('\n'), 'a note ends in signatures');
  const lines = note.slice(at + 2, -1).split('\n');
  return {
    text: note.slice(0, at + 1),
    signatures: lines.map((line) => {
      const [dash, name = '', encoded = '', ...more] = line.split(' ');
      must(dash === '—' && more.length === 0, 'a signature’s line');
      const bytes = base64(encoded);
      return { name, id: bytes.subarray(0, 4), signature: bytes.subarray(4) };
    }),
  };
};

const signatureBy = ({ signatures }: Note, key: SecondKey): Buffer | undefined =>
  signatures.find(({ name, id }) => name === key.name && id.equals(key.id))?.signature;

const ed25519 = (key: SecondKey, message: string, signature: Buffer): boolean => {
  const x = key.publicKey.toString('base64url');
  const publicKey = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } });
  return verify(null, Buffer.from(message), publicKey, signature);
};

/** What the log says, if it did. */
export const readCheckpoint = (note: string, log: SecondKey): SecondCheckpoint => {
  const read = readNote(note);
  const lines = read.text.split('\n');
  must(lines.length === 4 && lines[3] === '', 'three lines');
  const [origin = '', size = '', root = ''] = lines;
  const signature = signatureBy(read, log);
  must(log.type === 1 && origin === log.name, 'the key is the log’s');
  must(signature !== undefined && ed25519(log, read.text, signature), 'the log has signed');
  must(/^(0|[1-9]\d*)$/.test(size), 'a decimal number');
  must(base64(root).length === 32, 'a hash');
  return { origin, size: Number(size), root: base64(root) };
};

/** When the witness cosigned, in Unix seconds; null if it didn't. */
export const readCosignature = (note: string, witness: SecondKey): number | null => {
  const read = readNote(note);
  const bytes = signatureBy(read, witness);
  if (witness.type !== 4 || bytes?.length !== 72) return null;
  const seconds = bytes.readBigUInt64BE(0);
  const message = `cosignature/v1\ntime ${seconds}\n${read.text}`;
  return ed25519(witness, message, bytes.subarray(8)) ? Number(seconds) : null;
};
