import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { startTemporaryGateway, type TemporaryGateway } from '@sotto/infra/ceph';
import { type HeaderGate, headerGate } from '@sotto/infra/headerGate';
import { StartedPrograms } from '@sotto/infra/program';
import { objectId } from '@sotto/protocol/ids';
import { keystoreIdentity } from '@sotto/protocol/keystoreRoutes';
import { partGrant } from '@sotto/protocol/recordings';
import { openS3Store } from '@sotto/storage/s3';
import { createObjectKeyPair } from '@sotto/vault';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { type BucketPlace, bucketEnvironment, bucketPlace } from './bucketPlace.ts';
import { RecordedVisit } from './recordedVisit.ts';
import { recordingContract } from './recordingContract.ts';
import { RecordingScene } from './recordingScene.ts';

const programs = new StartedPrograms();
const folder = mkdtempSync(join(tmpdir(), 'sotto-in-bucket-'));
const secretFile = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text, { mode: 0o600 });
  return join(folder, name);
};
const program = (name: string) => new URL(`../src/${name}.ts`, import.meta.url);

let gateway: TemporaryGateway;
let gate: HeaderGate;
let place: BucketPlace;
let scene: RecordingScene;
beforeAll(async () => {
  gateway = await startTemporaryGateway();
  gate = await headerGate(gateway.endpoint);
  const { accessKeyId, secretAccessKey } = gateway;
  const credentialsFile = secretFile('credentials.json', JSON.stringify({ accessKeyId, secretAccessKey }));
  place = await bucketPlace(gateway, 'recordings', async (options) => {
    const environment = { ...bucketEnvironment(options, credentialsFile), API_ORIGINS: 'https://localhost:9443' };
    const { ended, stderr } = programs.start(program('prepareStorage'), [], environment);
    if ((await ended) !== 0) throw new Error(stderr());
  });
  scene = await RecordingScene.begin(place);
}, 600_000);
afterAll(async () => {
  programs.kill();
  await scene.close();
  await gate.close();
  await gateway.remove();
  rmSync(folder, { recursive: true });
}, 60_000);

recordingContract('in a bucket', () => scene);

/** A part of a new recording, and where it may go. */
async function granted() {
  const { track, part, ask } = await scene.unstored();
  return { track, part, grant: partGrant.parse((await ask()).json) };
}

describe('a part', () => {
  it('goes through the api where the server heeds headers that nobody signed', async () => {
    const { track, part, grant } = await granted();
    const url = `/api/objects/${track.object}/parts/${part.leaf}`;
    expect(grant).toEqual({ url, headers: {}, expiresAt: null });
  });

  it('goes straight into the bucket where it doesn’t, as long as said and once', async () => {
    const { store } = scene.records.clinic.context.storage;
    const safe = await openS3Store({ ...place.options, endpoint: gate.endpoint });
    const presign = vi
      .spyOn(store, 'presignPart')
      .mockImplementation((...given: Parameters<typeof safe.presignPart>) => safe.presignPart(...given));
    try {
      const { track, part, grant } = await granted();
      expect(grant.url.startsWith(gate.endpoint)).toBe(true);
      const put = async (octets: Uint8Array, headers: Record<string, string> = {}) => {
        const body = new Uint8Array(octets);
        const answer = await fetch(grant.url, { method: 'PUT', headers: { ...grant.headers, ...headers }, body });
        await answer.body?.cancel();
        return answer.status;
      };
      expect(await put(part.octets.subarray(1))).toBe(403);
      expect(await put(part.octets, { 'x-amz-acl': 'public-read' })).toBe(403);
      expect(await put(part.octets)).toBe(200);
      const path = `/api/objects/${track.object}/parts/${part.leaf}`;
      const read = await scene.get(scene.physician, path, 'bytes=0-');
      expect(Buffer.compare(read.body, part.octets)).toBe(0);
    } finally {
      presign.mockRestore();
      safe.close();
    }
  });

  it('is its first version, whatever is put after it', async () => {
    const track = await scene.handedIn(await RecordedVisit.begin(scene.records, scene.physician), 0);
    const [name] = await scene.inStorage(track.object);
    if (name === undefined) throw new Error('there are parts');
    const client = new S3Client({
      ...{ endpoint: gateway.endpoint, region: 'us-east-1', forcePathStyle: true },
      ...{ credentials: place.options.credentials, requestChecksumCalculation: 'WHEN_REQUIRED' },
    });
    await client.send(new PutObjectCommand({ Bucket: 'recordings', Key: name, Body: 'planted' }));
    client.destroy();
    expect(await place.versions(name)).toHaveLength(2);
    const read = await scene.get(
      scene.physician,
      `/api/objects/${track.object}/parts/${track.parts[0]?.leaf}`,
      'bytes=0-99',
    );
    expect(read.body.equals((track.parts[0]?.octets ?? new Uint8Array()).subarray(0, 100))).toBe(true);
    expect(await scene.inStorage(track.object)).toHaveLength(track.parts.length + 1);
  });

  it('is encrypted there too, and kept from its administrator while it is retained or held', async () => {
    const own = await RecordedVisit.begin(scene.records, scene.physician);
    const track = await scene.handedIn(own, 0);
    const officer = scene.records.officer(0);
    const { pseudonym } = track.minted.payload;
    const act = async (signers: Parameters<typeof scene.records.act>[0], action: 'hold' | 'liftHold') => {
      const body = await scene.records.act(signers, { action, pseudonym });
      expect((await officer.browser.send('POST', '/api/keystore/acts', { body })).status).toBe(200);
    };
    await act([officer], 'hold');
    const seconds = 10;
    const until = Date.now() + seconds * 1000;
    expect(await scene.tend({ retentionDays: seconds / 86_400 })).toMatchObject({ held: 1 });
    for (const name of await scene.inStorage(track.object)) {
      const told = await place.toldOf(name);
      expect(told).toMatchObject({ encryption: 'aws:kms', hold: 'ON' });
      expect(told.retainUntil?.getTime()).toBeGreaterThan(Date.now());
      const [version] = await place.versions(name);
      await expect(place.deleteVersion(name, version?.id ?? '')).rejects.toMatchObject({ name: 'AccessDenied' });
    }
    await new Promise((resolve) => setTimeout(resolve, until + 1500 - Date.now()));
    const [name] = await scene.inStorage(track.object);
    if (name === undefined) throw new Error('there are parts');
    const [version] = await place.versions(name);
    await expect(place.deleteVersion(name, version?.id ?? '')).rejects.toMatchObject({ name: 'AccessDenied' });
    await act([officer, scene.records.officer(1)], 'liftHold');
    expect(await scene.tend()).toMatchObject({ released: 1 });
    expect(await place.toldOf(name)).not.toMatchObject({ hold: 'ON' });
  });

  it('whose answer is cut in the middle of a range is read to its end', async () => {
    const track = await scene.handedIn(await RecordedVisit.begin(scene.records, scene.physician), 0);
    const [part] = track.parts;
    if (!part) throw new Error('there are parts');
    const read = () => scene.get(scene.physician, `/api/objects/${track.object}/parts/${part.leaf}`, 'bytes=0-65535');
    await read();
    place.cutAnswerAfter(20_000);
    const cut = await read();
    expect([206, 503]).toContain(cut.status);
    const again = await read();
    expect(again.body.equals(part.octets.subarray(0, 65_536))).toBe(true);
  });
});

describe('npx sotto vault verify --registry', () => {
  it('checks all of a bucket by what the api exports, and names what was changed', async () => {
    const environment = {
      API_DATABASE_URL_FILE: secretFile('app.url', inject('appUrl')),
      API_CLINIC_ID: scene.records.clinic.context.clinicId,
    };
    const exported = programs.start(program('exportRegistry'), [], environment);
    expect(await exported.ended).toBe(0);
    const registry = secretFile('registry.jsonl', exported.stdout());
    const identity = await scene.get(scene.physician, '/api/keystore/identity');
    const { statementKey } = keystoreIdentity.parse(identity.json);
    const verify = async (...more: string[]) => {
      const command = new URL('../../../packages/cli/bin/sotto.mjs', import.meta.url);
      const args = ['vault', 'verify', place.named, '--registry', registry, '--keystore', statementKey, ...more];
      const { ended, stdout, stderr } = programs.start(command, args, { PATH: process.env['PATH'] ?? '' });
      return { code: await ended, out: stdout(), said: stderr() };
    };
    const fine = await verify();
    expect(fine).toMatchObject({ code: 0, out: '' });
    expect(fine.said).toMatch(/^Every byte of \d+ objects is as it was registered; /);
    const lines = exported.stdout().trim().split('\n');
    const one = lines.map(
      (line) => JSON.parse(line) as { object: string; folder: string; statement: unknown; removed: unknown },
    );
    const kept = one.find(({ statement, removed }) => statement !== null && removed === null);
    const [name] = await scene.inStorage(objectId.parse(kept?.object));
    if (name === undefined) throw new Error('there are parts');
    const octets = await place.read(name);
    await place.replace(name, octets.subarray(0, -1));
    expect(await verify()).toMatchObject({
      code: 1,
      out: expect.stringMatching(new RegExp(`^${kept?.object} .+\n$`)) as string,
    });
    await place.replace(name, octets);

    // An officer's machine has the key that it asked for, and opens what was released, to the last byte.
    const officer = scene.records.officer(0);
    const { publicKey, privateKey } = await createObjectKeyPair();
    const text = (key: Uint8Array) => Buffer.from(key).toString('base64url');
    const released = await scene.records.release(officer, [objectId.parse(kept?.object)], {
      purpose: 'operations',
      viewerKey: text(publicKey),
    });
    const answer = await officer.browser.send('POST', '/api/keystore/releases', { body: released });
    const file = { viewerKey: text(privateKey), request: released.request, answer: answer.json };
    const opened = await verify('--release', secretFile('release.json', JSON.stringify(file)));
    expect(opened).toMatchObject({ code: 0, said: expect.stringMatching(/ 1 of them open\.\n$/) as string });
  }, 120_000);
});
