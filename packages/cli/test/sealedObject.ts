import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  bytesSource,
  createObjectKeyPair,
  createRun,
  headerLength,
  objectContext,
  parseHeader,
  type RunRecord,
  sealBytes,
  signManifest,
  surveyRun,
  unwrapDataKey,
} from '@sotto/vault';

/** A sealed object in all the forms that the command reads, with its keys. */
export interface SealedObject {
  /** Files made below the folder: paths by name. */
  readonly stream: string;
  readonly folder: string;
  readonly run: string;
  readonly signer: string;
  readonly otherSigner: string;
  readonly key: string;
  readonly otherKey: string;
  /** A key file with the data keys, as a release hands them out. */
  readonly released: string;
  readonly object: string;
  readonly bytes: Buffer;
  readonly plaintext: Buffer;
  readonly headPlaintext: Buffer;
  readonly firstRun: Buffer;
}

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

const text = (words: string, times: number): Buffer => Buffer.from(words.repeat(times));

const writeJson = (path: string, value: unknown): string => {
  writeFileSync(path, JSON.stringify(value), { mode: 0o600 });
  return path;
};

const newSigner = () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  return {
    algorithm: 'Ed25519' as const,
    publicKey: new Uint8Array(raw),
    sign: async (message: Uint8Array) => new Uint8Array(sign(null, message, privateKey)),
  };
};

/**
 * Seals two runs, the first of them cut, and a head, and lays them out below `folder`.
 *
 * @param sentences how many of 35 bytes the second run holds
 */
export const makeSealedObject = async (folder: string, sentences = 1000): Promise<SealedObject> => {
  const { publicKey, privateKey } = await createObjectKeyPair();
  const id = (letter: string): string => letter.repeat(21).concat('A');
  const object = objectContext.parse({
    clinic: id('c'),
    pseudonym: id('p'),
    visit: id('v'),
    object: id('o'),
    kind: 'recording',
    track: 0,
    consent: null,
  });
  const seal = async (run: number, previous: RunRecord | null, plaintext: Uint8Array) => {
    const chunks: Uint8Array[] = [];
    const sealing = await createRun(
      {
        context: { object, part: 'body', run },
        publicKey,
        previous: previous === null ? null : new Uint8Array(Buffer.from(previous.hash, 'base64url')),
      },
      async (piece) => {
        chunks.push(...piece.chunks);
      },
    );
    const writer = sealing.writable.getWriter();
    await writer.write(plaintext);
    await writer.close();
    return { file: Buffer.concat(chunks), record: await sealing.record };
  };
  const said = text('what was said in the visit. ', 400);
  const whole = await seal(0, null, said);
  const firstRun = whole.file.subarray(0, 1280 + 2 * 4096);
  const noted = { header: whole.record.header, context: { object, part: 'body', run: 0 } as const };
  const first = (await surveyRun(bytesSource(firstRun), 'cut', noted)).record;
  const rest = text('and what was said after the crash. ', sentences);
  const second = await seal(1, first, rest);
  const headPlaintext = text('duration and cues', 3);
  const head = await sealBytes({ context: { object, part: 'head', run: 0 }, publicKey, previous: null }, headPlaintext);
  const signer = newSigner();
  const manifest = await signManifest(
    {
      context: object,
      roster: null,
      sealedAt: '2031-05-06T07:08:09Z',
      runs: [first, second.record],
      head: head.record,
    },
    signer,
  );
  const bytes = Buffer.concat([manifest, head.file, firstRun, second.file]);
  const parts = join(folder, 'parts');
  mkdirSync(parts);
  writeFileSync(join(parts, 'manifest'), manifest);
  writeFileSync(join(parts, 'head'), head.file);
  writeFileSync(join(parts, 'run-0000-part-000000'), firstRun);
  writeFileSync(join(parts, 'run-0001-part-000000'), second.file.subarray(0, 10_000));
  writeFileSync(join(parts, 'run-0001-part-000001'), second.file.subarray(10_000, 10_001));
  writeFileSync(join(parts, 'run-0001-part-000002'), second.file.subarray(10_001));
  writeFileSync(join(folder, 'stream'), bytes);
  writeFileSync(join(folder, 'run'), firstRun);
  const { algorithm } = signer;
  const dataKeys = await Promise.all(
    [firstRun, second.file, head.file].map(async (file) => {
      const header = await parseHeader(new Uint8Array(file.subarray(0, headerLength)));
      return [base64url(header.hash), base64url(await unwrapDataKey(header, privateKey))] as const;
    }),
  );
  return {
    stream: join(folder, 'stream'),
    folder: parts,
    run: join(folder, 'run'),
    signer: writeJson(join(folder, 'signer.json'), { algorithm, publicKey: base64url(signer.publicKey) }),
    otherSigner: writeJson(join(folder, 'other.json'), { algorithm, publicKey: base64url(newSigner().publicKey) }),
    key: writeJson(join(folder, 'key.json'), { privateKey: base64url(privateKey) }),
    otherKey: writeJson(join(folder, 'otherKey.json'), {
      privateKey: base64url((await createObjectKeyPair()).privateKey),
    }),
    released: writeJson(join(folder, 'released.json'), { dataKeys: Object.fromEntries(dataKeys) }),
    object: object.object,
    bytes,
    plaintext: Buffer.concat([said.subarray(0, first.length), rest]),
    headPlaintext,
    firstRun,
  };
};
