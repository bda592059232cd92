import { participantId } from '@sotto/protocol/ids';
import { describe, expect, it } from 'vitest';
import type { CallDetails } from '../call/contract.ts';
import { detailsText } from './detailsText.ts';

const rosa = participantId.parse('r'.repeat(22));
const details: CallDetails = {
  suite: 'MLS_256_XWING_AES256GCM_SHA512_Ed25519',
  epoch: 7,
  epochAgeMs: 12_400,
  own: [
    {
      ...{ source: 'microphone', codec: 'opus', size: null, framesPerSecond: null, kilobitsPerSecond: 31.6 },
      ...{ loss: 0, roundTripMs: 8.2, frames: 500, dropped: [] },
    },
  ],
  people: new Map([
    [
      rosa,
      {
        security: 'cantDecrypt',
        tracks: [
          {
            ...{ source: 'camera', codec: 'VP8', size: { width: 640, height: 360 }, framesPerSecond: 29.7 },
            ...{ kilobitsPerSecond: null, loss: 0.014, roundTripMs: null, frames: 3 },
            dropped: [
              { reason: 'notAuthentic', count: 90 },
              { reason: 'replayed', count: 1 },
            ],
          },
        ],
      },
    ],
  ]),
};
const people = [{ participantId: rosa, role: 'patient', name: 'Rosa Lind' } as const];

describe('the details as text', () => {
  it('say what was measured, and of whom by their role alone', () => {
    expect(detailsText(details, { self: 'physician', people }, 'Browser 1')).toBe(
      [
        'Sotto call details, version 1',
        'Browser: Browser 1',
        'Encryption: MLS_256_XWING_AES256GCM_SHA512_Ed25519',
        'Epoch: 7, age 12 s',
        'Sent by this physician, microphone: opus; 32 kbit/s; loss 0.0 %; round trip 8 ms; 500 sealed; dropped none',
        'Person 1 (patient, cantDecrypt), camera: VP8; 640x360; 30 fps; loss 1.4 %; 3 opened; dropped notAuthentic 90, replayed 1',
      ].join('\n'),
    );
  });

  it('have no name and no id', () => {
    const text = detailsText(details, { self: 'physician', people }, '');
    expect(text).not.toContain('Rosa');
    expect(text).not.toContain(rosa);
  });

  it('name somebody of whom nothing is known', () => {
    const text = detailsText({ ...details, own: [], people: new Map() }, { self: null, people }, '');
    expect(text).toContain('Person 1 (patient, unknown): no tracks');
  });
});
