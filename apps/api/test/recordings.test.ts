import { partGrant } from '@sotto/protocol/recordings';
import { ConfigurationError } from '@sotto/storage';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { recordingContract } from './recordingContract.ts';
import { folderPlace } from './recordingPlace.ts';
import { RecordingScene } from './recordingScene.ts';

let scene: RecordingScene;
beforeAll(async () => {
  scene = await RecordingScene.begin(await folderPlace());
}, 300_000);
afterAll(() => scene.close(), 60_000);

recordingContract('in a folder', () => scene);

describe('a ticket of the api’s', () => {
  it('is good for one part of that length, once, for a quarter of an hour, from the clinic’s pages', async () => {
    const { track, part, other, path, ask } = await scene.unstored();
    const { url, headers } = partGrant.parse((await ask()).json);
    expect(headers).toEqual({});
    const visitor = scene.records.clinic.visitor();
    const byTicket = (octets: Uint8Array, ticket = url) => visitor.send('PUT', ticket, { octets });
    expect((await byTicket(part.octets.subarray(1))).status).toBe(400);
    const forged = `${url.slice(0, -1)}${url.endsWith('A') ? 'B' : 'A'}`;
    expect((await byTicket(part.octets, forged)).status).toBe(401);
    const elsewhere = { octets: part.octets, headers: { origin: 'https://evil.example' } };
    expect((await visitor.send('PUT', url, elsewhere)).status).toBe(403);
    expect(await scene.inStorage(track.object)).toEqual([]);
    expect((await byTicket(part.octets)).status).toBe(201);
    expect((await byTicket(other.octets)).status).toBe(204);
    const read = await scene.get(scene.physician, `${path}/${part.leaf}`, 'bytes=0-');
    expect(Buffer.compare(read.body, part.octets)).toBe(0);
    scene.records.clinic.advance(0.3);
    expect((await byTicket(part.octets)).status).toBe(401);
    scene.records.clinic.advance(-0.3);
  });

  it('isn’t given out by a store that can’t be used', async () => {
    const { ask } = await scene.unstored();
    const presign = vi.spyOn(scene.records.clinic.context.storage.store, 'presignPart');
    presign.mockRejectedValueOnce(new ConfigurationError('versioning'));
    expect(await ask()).toMatchObject({ status: 503, json: { code: 'unavailable' } });
    presign.mockRestore();
  });
});
