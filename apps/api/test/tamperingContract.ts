import { releaseAnswer } from '@sotto/protocol/keystoreRoutes';
import { partList, sealedRecording } from '@sotto/protocol/recordings';
import type { PartName } from '@sotto/storage';
import { partedSource } from '@sotto/storage/parts';
import { checkManifest, type Hash, hash, VaultError, verifyObject } from '@sotto/vault';
import { Client } from 'pg';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { sendPhi } from './phi.ts';
import { type RecordedTrack, RecordedVisit } from './recordedVisit.ts';
import type { RecordingScene } from './recordingScene.ts';

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'base64url'));

/** Whatever storage does to a recording, a reader notices before anything of it counts. */
export function tamperingContract(scene: () => RecordingScene): void {
  let visit: RecordedVisit;
  let track: RecordedTrack;
  let other: RecordedTrack;
  /** Of the manifest that the keystore registered, as a release says. */
  let registered: Hash;
  beforeAll(async () => {
    const { records, physician } = scene();
    visit = await RecordedVisit.begin(records, physician);
    [track, other] = [await scene().handedIn(visit, 0), await scene().handedIn(visit, 1)];
    const body = await records.release(physician, [track.object]);
    const answer = await physician.browser.send('POST', '/api/keystore/releases', { body });
    registered = hash.parse(releaseAnswer.parse(answer.json).keys[0]?.registration?.payload.manifest);
  });

  /** Checks a recording as a player does, by what the api gives out. @returns what doesn't fit */
  const check = async (): Promise<string | null> => {
    const path = `/api/objects/${track.object}`;
    const read = async (url: string, range?: string) => {
      const answer = await scene().get(scene().physician, url, range);
      if (answer.status >= 400) throw new Error(`status ${answer.status}`);
      return answer;
    };
    try {
      const { manifest, evidence } = sealedRecording.parse(
        (await sendPhi(scene().physician.browser, 'readRecording', track.object)).json,
      );
      const { parts } = partList.parse((await read(`${path}/parts`)).json);
      const { clinic, pseudonym, visit: of, object } = track.minted.payload;
      const consent = visit.consentHash(evidence.terms);
      const checked = await checkManifest(bytesOf(manifest), {
        signer: { algorithm: 'Ed25519', publicKey: bytesOf(evidence.terms.recorderKey) },
        context: { clinic, pseudonym, visit: of, object, kind: 'recording', track: 0, consent },
        hash: registered,
      });
      const source = (prefix: string) => {
        const own = parts.filter(({ leaf }) => leaf.startsWith(prefix));
        return partedSource({
          lengths: own.map(({ length }) => length),
          read: async (index, offset, length) => {
            const answer = await read(`${path}/parts/${own[index]?.leaf}`, `bytes=${offset}-${offset + length - 1}`);
            return new Uint8Array(answer.body);
          },
        });
      };
      await verifyObject(checked, { runs: [source('0000-'), source('0001-')], head: source('head') });
      return null;
    } catch (fault) {
      return fault instanceof VaultError ? fault.code : fault instanceof Error ? fault.message : 'unknown';
    }
  };

  const named = async ({ object }: RecordedTrack, leaf: string): Promise<PartName> => {
    const name = (await scene().inStorage(object)).find((one) => one.endsWith(`/${leaf}`));
    if (name === undefined) throw new Error('there is such a part');
    return name;
  };

  /** What a reader finds while these parts have other bytes; they are put back. */
  const whileReplaced = async (changes: ReadonlyMap<PartName, Uint8Array | null>): Promise<string | null> => {
    const { place } = scene();
    const before = new Map<PartName, Buffer>();
    for (const name of changes.keys()) before.set(name, await place.read(name));
    for (const [name, octets] of changes) await (octets === null ? place.take(name) : place.replace(name, octets));
    try {
      return await check();
    } finally {
      for (const [name, octets] of before) await place.replace(name, octets);
    }
  };
  /** The same for one part. */
  const whileChanged = async (leaf: string, change: (octets: Buffer) => Uint8Array | null) => {
    const name = await named(track, leaf);
    return whileReplaced(new Map([[name, change(await scene().place.read(name))]]));
  };

  describe('a reader whose storage', () => {
    it('does nothing to a recording finds it as it was registered', async () => {
      expect(await check()).toBeNull();
    });

    it('changes, truncates or extends it notices', async () => {
      const flip = (octets: Buffer) => {
        octets[20_000] = (octets[20_000] ?? 0) ^ 1;
        return octets;
      };
      expect(await whileChanged('0000-000001', flip)).toBe('authenticity');
      expect(await whileChanged('head', (octets) => octets.fill(0, 1300))).toBe('authenticity');
      expect(await whileChanged('0001-000000', (octets) => octets.subarray(0, -1))).toBe('length');
      expect(await whileChanged('0001-000000', (octets) => Buffer.concat([octets, Buffer.of(0)]))).toBe('length');
      expect(await whileChanged('0000-000002', () => null)).toBe('length');
      expect(await whileChanged('head', () => null)).not.toBeNull();
    });

    it('reorders its segments, or its parts, notices', async () => {
      // Segment 1 and segment 2 lie whole in the first part (packages/vault/SPEC.md section 7).
      const swapped = await whileChanged('0000-000000', (octets) => {
        const at = (index: number) => octets.subarray(1280 + 4096 * index, 1280 + 4096 * (index + 1));
        return Buffer.concat([octets.subarray(0, 1280 + 4096), at(2), at(1), octets.subarray(1280 + 4096 * 3)]);
      });
      expect(swapped).toBe('authenticity');
      const [one, two] = [await named(track, '0000-000000'), await named(track, '0000-000001')];
      const { place } = scene();
      const parts = new Map([
        [one, await place.read(two)],
        [two, await place.read(one)],
      ]);
      expect(['format', 'authenticity', 'length']).toContain(await whileReplaced(parts));
    });

    it('swaps it with another of the same visit notices', async () => {
      const changes = new Map<PartName, Uint8Array>();
      for (const { leaf } of other.parts) {
        changes.set(await named(track, leaf), await scene().place.read(await named(other, leaf)));
      }
      expect(await whileReplaced(changes)).toBe('authenticity');
    });

    it('returns an older version of it notices, and so does one whose api brings that one’s manifest too', async () => {
      // Of the same object, by the same recorder and consents: only what was registered says which one it is.
      const older = await visit.track(0, { of: track });
      const changes = new Map<PartName, Uint8Array>();
      for (const { leaf, octets } of older.parts) changes.set(await named(track, leaf), octets);
      expect(await whileReplaced(changes)).toBe('authenticity');
      const keep = async (manifest: string) => {
        const owner = new Client(inject('ownerUrl'));
        await owner.connect();
        const update = 'update clinic.sealed_object set manifest = $1 where id = $2';
        await owner.query(update, [Buffer.from(manifest, 'base64url'), track.object]);
        await owner.end();
      };
      await keep(older.upload.manifest);
      expect(await whileReplaced(changes)).toBe('mismatch');
      await keep(track.upload.manifest);
      expect(await check()).toBeNull();
    });
  });
}
