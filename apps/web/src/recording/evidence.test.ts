import { consentEvidence } from '@sotto/protocol/consent';
import { describe, expect, it } from 'vitest';
import { consentHashOf, evidenceOf, rosterOf } from './evidence.ts';
import type { BookedRecording } from './recordingBook.ts';

const id = (letter: string) => letter.repeat(21).concat('A');
const hash = (letter: string) => letter.repeat(42).concat('A');
const terms = {
  type: 'sotto/recording/v1',
  clinic: id('c'),
  visit: id('v'),
  recording: id('r'),
  askedBy: id('a'),
  reason: 'care',
  wording: 'recording-1',
  recorderKey: hash('k'),
  askedAt: '2031-05-06T07:08:09Z',
};
const yes = (leaf: string, at = '2031-05-06T07:08:09Z') => ({
  consent: { type: 'sotto/consent/v1', terms: hash('t'), leaf, leaves: [leaf], language: 'en', givenAt: at },
  key: hash('k'),
  credential: 'e30.e30.e30',
  signature: 's'.repeat(85).concat('A'),
});
const proof = (leaf: string) => ({ leaf, proof: { expiry: leaf } });

/** As the book has it: what was merged as it came. */
const booked = (consents: unknown[], recorders: unknown[]) =>
  ({
    terms,
    consents,
    recorders,
    tracks: [{ participant: id('a') }, { participant: id('p') }],
  }) as unknown as BookedRecording;

describe('a recording’s evidence', () => {
  it('has each leaf once, in order, with a proof of the asker’s leaves that consented and of no others', () => {
    const evidence = evidenceOf(
      booked([yes(hash('b')), yes(hash('a')), yes(hash('b'))], [proof(hash('a')), proof(hash('x'))]),
    );
    expect(evidence.consents.map(({ consent }) => consent.leaf)).toEqual([hash('a'), hash('b')]);
    expect(evidence.recorders.map(({ leaf }) => leaf)).toEqual([hash('a')]);
    expect(evidence.tracks).toEqual([id('a'), id('p')]);
    expect(consentEvidence.shape.consents.safeParse(evidence.consents).success).toBe(true);
  });

  it('is hashed in its canonical form, whatever order its members were put in', async () => {
    const one = evidenceOf(booked([yes(hash('a'))], [proof(hash('a'))]));
    const { consents, type, ...rest } = one;
    expect(await rosterOf({ ...rest, type, consents })).toBe(await rosterOf(one));
    expect(await consentHashOf(one.terms)).not.toBe(await consentHashOf({ ...one.terms, reason: 'teaching' }));
  });
});
