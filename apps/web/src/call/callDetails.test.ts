import type { CallCryptoStats, MemberTrack } from '@sotto/e2ee';
import { leafThumbprint, participantId, producerId } from '@sotto/protocol/ids';
import { expect, it } from 'vitest';
import { createDetailsMeter } from './callDetails.ts';
import type { MediaSession } from './mediaSession.ts';
import type { SessionFacts } from './sessionFacts.ts';

const rosa = participantId.parse('r'.repeat(22));
const theirs = producerId.parse('6f6d8f6e-5f0a-4d4c-9d51-0a8a3d6d3a11');
const own = producerId.parse('6f6d8f6e-5f0a-4d4c-9d51-0a8a3d6d3a12');
const stats: CallCryptoStats = {
  suite: 'MLS_256_XWING_AES256GCM_SHA512_Ed25519',
  epoch: 4,
  epochAgeMs: 1_000,
  senders: [{ track: 1, kind: 'video', sealed: 90, passedEmpty: 0, dropped: { notSealing: 2 } }],
  receivers: [
    {
      ...{ producerId: theirs, kind: 'video', opened: 80, passedEmpty: 0, mediaTime: null },
      dropped: { replayed: 1, notAuthentic: 7 },
    },
  ],
};
const track: MemberTrack = {
  ...{ track: 1, kind: 'video', source: 'camera', producerId: theirs },
  ...{ participantId: rosa, leaf: leafThumbprint.parse('r'.repeat(43)) },
};
const report = new Map([
  ['f', { type: 'inbound-rtp', frameWidth: 640, frameHeight: 360 }],
]) as unknown as RTCStatsReport;
const session = {
  facts: () => ({ tracks: [track] }) as unknown as SessionFacts,
  media: () =>
    ({
      tracks: () => [{ track: 1, kind: 'video', source: 'camera', producerId: own }],
      stats: () => Promise.resolve(report),
      senderStats: () => Promise.resolve(null),
    }) as unknown as MediaSession,
};
const people = () => [{ participantId: rosa, security: 'encrypted' as const }];

it('joins what the worker counted with what the connection reports, for each track', async () => {
  const meter = createDetailsMeter(
    () => ({ ...session, stats: () => Promise.resolve(stats) }),
    people,
    () => 0,
  );
  const details = await meter.measure();
  expect(details).toMatchObject({ suite: stats.suite, epoch: 4, own: [{ frames: 90, size: null }] });
  expect(details?.own[0]?.dropped).toEqual([{ reason: 'notSealing', count: 2 }]);
  expect(details?.people.get(rosa)).toMatchObject({
    security: 'encrypted',
    tracks: [
      {
        ...{ source: 'camera', frames: 80, size: { width: 640, height: 360 } },
        dropped: [
          { reason: 'notAuthentic', count: 7 },
          { reason: 'replayed', count: 1 },
        ],
      },
    ],
  });
});

it('is nothing while there is no worker to ask', async () => {
  const gone = { ...session, stats: () => Promise.reject(new Error('dead')) };
  expect(
    await createDetailsMeter(
      () => gone,
      people,
      () => 0,
    ).measure(),
  ).toBeNull();
  expect(
    await createDetailsMeter(
      () => null,
      people,
      () => 0,
    ).measure(),
  ).toBeNull();
});
