import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  consistencyPath,
  encodeSignedCheckpoint,
  parseSignedCheckpoint,
  rootOf,
  type SignedCheckpoint,
  signCheckpoint,
  signedByLog,
  toBase64url,
  type VerifierKey,
} from '../../src/index.ts';
import { noteKeyTypes } from '../../src/note.ts';
import { nodeTreeHasher } from '../../src/postgres/index.ts';
import { askLatest, askWitness, type WitnessClient } from '../../src/postgres/witnessClient.ts';
import {
  createHttpWitnessClient,
  createWitnessServer,
  FileWitnessState,
  openWitness,
  Witness,
  type WitnessState,
} from '../../src/witness/index.ts';
import { leafHashes, rangeOf, rootAmong, SampleLog } from '../sampleLog.ts';
import { createSigner } from '../samples.ts';

const origin = 'example.org/log';
const log = SampleLog.of(40);
const fork = SampleLog.of(40, 5);
const signer = await createSigner(origin, noteKeyTypes.ed25519);
const witnessSigner = await createSigner('example.org/witness', noteKeyTypes.cosignatureV1);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sotto-witness-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const signed = (of: SampleLog, size: number, by = signer): Promise<SignedCheckpoint> =>
  signCheckpoint(
    { origin: by.key.name, size, root: rootOf(rangeOf(leafHashes(of.leaves.slice(0, size))), nodeTreeHasher) },
    by,
  );

const witnessOf = (state: WitnessState, logs: readonly VerifierKey[] = [signer.key]): Witness =>
  new Witness({ signer: witnessSigner, logs, state, hasher: nodeTreeHasher, now: () => 1_800_000_000 });

const clientOf = (witness: Pick<Witness, 'addCheckpoint'>): WitnessClient => ({
  key: witnessSigner.key,
  addCheckpoint: (body) => witness.addCheckpoint(body),
});

const ask = async (witness: Witness, of: SampleLog, oldSize: number, size: number, checkpoint?: SignedCheckpoint) => {
  const proof = consistencyPath(oldSize, size).map(rootAmong(leafHashes(of.leaves)));
  return askWitness(clientOf(witness), checkpoint ?? (await signed(of, size)), oldSize, proof);
};

const open = (isNew: boolean): Promise<FileWitnessState> => FileWitnessState.open(folder, { isNew });

const request = (note: SignedCheckpoint, oldSize = 0, proof: readonly string[] = []): Uint8Array<ArrayBuffer> =>
  new Uint8Array(
    Buffer.concat([Buffer.from([`old ${oldSize}`, ...proof, '', ''].join('\n')), encodeSignedCheckpoint(note)]),
  );

describe('a witness answers', () => {
  it('200 to what continues what it knows, and keeps that', async () => {
    const state = await open(true);
    const witness = witnessOf(state);
    expect((await ask(witness, log, 0, 10)).tag).toBe('cosigned');
    expect((await ask(witness, log, 10, 25)).tag).toBe('cosigned');
    expect((await ask(witness, log, 25, 25)).tag).toBe('cosigned');
    expect((await state.load(origin))?.checkpoint.size).toBe(25);
    state.close();
  });

  it.each([
    ['another root of the size that it knows', 10, 10, { status: 409, body: '10\n' }],
    ['a continuation of another log', 10, 20, { status: 422, body: '' }],
    ['a size that it doesn’t know', 5, 20, { status: 409, body: '10\n' }],
    ['an old size above the new', 20, 10, { status: 400, body: '' }],
  ] as const)('%s with a refusal, and keeps what it knew', async (_, oldSize, size, expected) => {
    const state = await open(true);
    const witness = witnessOf(state);
    await ask(witness, log, 0, 10);
    const proof =
      oldSize > size
        ? []
        : consistencyPath(oldSize, size)
            .map(rootAmong(leafHashes(fork.leaves)))
            .map(toBase64url);
    const base64 = proof.map((hash) => Buffer.from(hash, 'base64url').toString('base64'));
    expect(await witness.addCheckpoint(request(await signed(fork, size), oldSize, base64))).toMatchObject(expected);
    const kept = (await state.load(origin))?.checkpoint;
    expect(kept?.size).toBe(10);
    expect(kept && toBase64url(kept.root)).toBe(toBase64url((await signed(log, 10)).checkpoint.root));
    state.close();
  });

  it('403 to who isn’t the log, 404 to a log that it doesn’t know', async () => {
    const state = await open(true);
    const witness = witnessOf(state);
    const liar = await createSigner(origin, noteKeyTypes.ed25519);
    expect((await witness.addCheckpoint(request(await signed(log, 5, liar)))).status).toBe(403);
    const { checkpoint, note } = await signed(log, 5);
    expect((await witness.addCheckpoint(request({ checkpoint, note: { ...note, signatures: [] } }))).status).toBe(400);
    const other = await createSigner('example.org/other', noteKeyTypes.ed25519);
    expect((await witness.addCheckpoint(request(await signed(log, 5, other)))).status).toBe(404);
    expect(await state.load(origin)).toBeNull();
    state.close();
  });

  it.each([
    ['nothing', ''],
    ['no old size', '\n\n'],
    ['a size with a zero in front', 'old 01\n\n'],
    ['64 lines of proof', `old 1\n${`${Buffer.alloc(32).toString('base64')}\n`.repeat(64)}\n`],
    ['a hash that is none', 'old 1\n###\n\n'],
  ])('400 to %s', async (_, start) => {
    const state = await open(true);
    const note = Buffer.from(encodeSignedCheckpoint(await signed(log, 5)));
    const body = new Uint8Array(Buffer.concat([Buffer.from(start), note]));
    expect((await witnessOf(state).addCheckpoint(body)).status).toBe(400);
    const large = new Uint8Array(Buffer.concat([request(await signed(log, 5)), Buffer.alloc(70_000, '— a b\n')]));
    expect((await witnessOf(state).addCheckpoint(large)).status).toBe(400);
    state.close();
  });

  it('takes any key of a log, and keeps the signature that it checked', async () => {
    const state = await open(true);
    const second = await createSigner(origin, noteKeyTypes.ed25519);
    const witness = witnessOf(state, [signer.key, second.key]);
    const { checkpoint, note } = await signed(log, 5, second);
    const [own] = note.signatures;
    if (!own) throw new Error('it is signed');
    const bogus = { ...own, signature: own.signature.with(3, (own.signature[3] ?? 0) ^ 1) };
    const twice = { checkpoint, note: { ...note, signatures: [bogus, own] } };
    expect((await ask(witness, log, 0, 5, twice)).tag).toBe('cosigned');
    const kept = await state.load(origin);
    expect(kept && (await signedByLog(kept, second.key))).toBe(true);
    expect((await ask(witness, log, 5, 9)).tag).toBe('cosigned');
    state.close();
  });
});

describe('a witness that is asked twice at once', () => {
  it('cosigns one of two logs', async () => {
    const state = await open(true);
    const slow: WitnessState = {
      load: async (of) => {
        const known = await state.load(of);
        await setTimeout(10);
        return known;
      },
      store: (of, cosigned, before) => state.store(of, cosigned, before),
    };
    const witness = witnessOf(slow);
    const replies = await Promise.all([ask(witness, log, 0, 10), ask(witness, fork, 0, 11), ask(witness, fork, 0, 10)]);
    expect(replies.map(({ tag }) => tag)).toEqual(['cosigned', 'elsewhere', 'elsewhere']);
    state.close();
  });

  it('answers nothing before it is stored, and nothing that wasn’t', async () => {
    const state = await open(true);
    const events: string[] = [];
    const watched: WitnessState = {
      load: (of) => state.load(of),
      store: async (of, cosigned, before) => {
        await setTimeout(20);
        await state.store(of, cosigned, before);
        events.push('stored');
      },
    };
    await ask(witnessOf(watched), log, 0, 10).then(() => events.push('answered'));
    expect(events).toEqual(['stored', 'answered']);
    // As if it died between signing and storing: nobody has the signature, and another log may still be the one.
    const dying = witnessOf({ load: (of) => state.load(of), store: () => Promise.reject(new Error('disk full')) });
    await expect(dying.addCheckpoint(request(await signed(log, 40)))).resolves.toMatchObject({ status: 409 });
    expect((await ask(dying, log, 10, 20)).tag).toBe('silent');
    expect((await state.load(origin))?.checkpoint.size).toBe(10);
    expect((await ask(witnessOf(state), log, 10, 15)).tag).toBe('cosigned');
    state.close();
  });

  it('doesn’t store over what somebody else has stored', async () => {
    const state = await open(true);
    const known = await state.load(origin);
    await state.store(origin, await signed(log, 10), known);
    await expect(state.store(origin, await signed(fork, 11), known)).rejects.toMatchObject({ code: 'checkpoint' });
    expect((await state.load(origin))?.checkpoint.size).toBe(10);
    state.close();
  });
});

describe('the state of a witness', () => {
  it('belongs to one process at a time', async () => {
    const first = await open(true);
    await expect(open(false)).rejects.toThrow('another witness is running');
    first.close();
    (await open(false)).close();
  });

  it('is there, or the witness doesn’t start', async () => {
    const files = { name: 'example.org/witness', keyFile: join(folder, 'key.pem'), logs: [signer.key] };
    const opened = await openWitness({ ...files, stateFolder: join(folder, 'state'), isNew: false });
    await ask(opened.witness, log, 0, 10);
    await opened.close();
    rmSync(join(folder, 'state'), { recursive: true });
    const again = () => openWitness({ ...files, stateFolder: join(folder, 'state'), isNew: false });
    await expect(again()).rejects.toThrow('state of this witness is gone');
    await expect(again()).rejects.toThrow('state of this witness is gone');
    const isNew = await openWitness({ ...files, stateFolder: join(folder, 'state'), isNew: true });
    await isNew.close();
  });

  it('of the first version, without a marker, is carried on', async () => {
    const first = await open(true);
    await ask(witnessOf(first), log, 0, 10);
    first.close();
    rmSync(join(folder, 'witness'));
    const second = await open(false);
    expect((await second.load(origin))?.checkpoint.size).toBe(10);
    second.close();
    expect(readFileSync(join(folder, 'witness'), 'utf8')).toMatch(
      /^sotto witness state v1\n[0-9a-f]{64}\.checkpoint\n$/,
    );
  });

  it.each([
    ['damaged', (path: string) => writeFileSync(path, 'rubbish')],
    ['empty', (path: string) => writeFileSync(path, '')],
    [
      'of another log',
      (path: string) => writeFileSync(path, readFileSync(path, 'utf8').replace(origin, 'example.org/lag')),
    ],
    ['gone', (path: string) => rmSync(path)],
  ])('that is %s stops it for that log', async (_, damage) => {
    const first = await open(true);
    await ask(witnessOf(first), log, 0, 10);
    first.close();
    const name = readdirSync(folder).find((each) => each.endsWith('.checkpoint')) ?? '';
    damage(join(folder, name));
    const state = await open(false);
    await expect(witnessOf(state).addCheckpoint(request(await signed(fork, 11)))).rejects.toMatchObject({
      code: expect.stringMatching(/note|checkpoint/) as string,
    });
    expect((await ask(witnessOf(state), fork, 0, 11)).tag).toBe('silent');
    state.close();
  });

  it('of another version stops the start', async () => {
    (await open(true)).close();
    writeFileSync(join(folder, 'witness'), 'sotto witness state v2\n');
    await expect(open(true)).rejects.toThrow('another version');
  });
});

describe('a witness over HTTP', () => {
  const serve = async (witness: Witness) => {
    const server = createWitnessServer(witness).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { url, client: createHttpWitnessClient(url, witnessSigner.key), close: () => server.close() };
  };

  it('cosigns, and shows what it cosigned last', async () => {
    const state = await open(true);
    const { url, client, close } = await serve(witnessOf(state));
    expect(await askLatest(client, signer.key)).toBeNull();
    expect((await askWitness(client, await signed(log, 10), 0, [])).tag).toBe('cosigned');
    expect((await askLatest(client, signer.key))?.checkpoint.size).toBe(10);
    const statuses = await Promise.all(
      (
        [
          ['GET', '/add-checkpoint', 405],
          ['POST', '/nothing', 404],
          ['GET', '/0000/checkpoint', 404],
          ['PUT', '/0000/checkpoint', 405],
        ] as const
      ).map(async ([method, path, status]) => (await fetch(url + path, { method })).status === status),
    );
    expect(statuses).toEqual([true, true, true, true]);
    const large = await fetch(`${url}/add-checkpoint`, { method: 'POST', body: new Uint8Array(70_000) }).then(
      ({ status }) => status,
      // It may hang up before all of it was sent.
      () => 413,
    );
    expect(large).toBe(413);
    close();
    state.close();
  });

  it('says 500 and cosigns nothing when it can’t read what it knows', async () => {
    const { url, client, close } = await serve(
      witnessOf({ load: () => Promise.reject(new Error('no disk')), store: () => Promise.resolve() }),
    );
    const response = await fetch(`${url}/add-checkpoint`, { method: 'POST', body: request(await signed(log, 10)) });
    expect([response.status, await response.text()]).toEqual([500, '']);
    expect((await askWitness(client, await signed(log, 10), 0, [])).tag).toBe('silent');
    close();
  });
});

describe('the one who asks a witness', () => {
  const answering = (status: number, body: string): WitnessClient => ({
    key: witnessSigner.key,
    addCheckpoint: () => Promise.resolve({ status, body }),
  });

  it('takes the cosignature that it knows from among others, of any length', async () => {
    const state = await open(true);
    const checkpoint = await signed(log, 10);
    const { body } = await witnessOf(state).addCheckpoint(request(checkpoint));
    const mlDsa = `— example.net/w ${Buffer.alloc(4 + 8 + 2420, 7).toString('base64')}\n`;
    expect((await askWitness(answering(200, mlDsa + body), checkpoint, 0, [])).tag).toBe('cosigned');
    expect((await askWitness(answering(200, mlDsa), checkpoint, 0, [])).tag).toBe('silent');
    state.close();
  });

  it.each(['9\n', '09\n', '9', '-1\n', '99999999999999999999\n', ''])(
    'takes a 409 of %j for no more than it is',
    async (body) => {
      const reply = await askWitness(answering(409, body), await signed(log, 10), 3, []);
      expect(reply).toEqual(body === '9\n' ? { tag: 'elsewhere', size: 9 } : { tag: 'silent' });
    },
  );

  it('believes no note that the witness or the log didn’t sign', async () => {
    const state = await open(true);
    const witness = witnessOf(state);
    await ask(witness, log, 0, 10);
    const note = (await witness.latestCheckpoint(() => true)) ?? '';
    const showing = (text: string): WitnessClient => ({
      ...clientOf(witness),
      latestCheckpoint: () => Promise.resolve(new TextEncoder().encode(text)),
    });
    expect((await askLatest(showing(note), signer.key))?.checkpoint.size).toBe(10);
    const lines = parseSignedCheckpoint(new TextEncoder().encode(note)).note.signatures.length;
    expect(lines).toBe(2);
    for (const drop of [/— example\.org\/log .*\n/, /— example\.org\/witness .*\n/]) {
      expect(await askLatest(showing(note.replace(drop, '')), signer.key)).toBeNull();
    }
    expect(await askLatest(showing(note.replace('\n10\n', '\n11\n')), signer.key)).toBeNull();
    expect(await askLatest(clientOf(witness), signer.key)).toBeNull();
    state.close();
  });
});
