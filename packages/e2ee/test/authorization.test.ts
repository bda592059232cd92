import { afterEach, describe, expect, test } from 'vitest';
import { CallCrypto, CallCryptoError } from '../src/index.ts';
import { detectSupport } from '../src/support.ts';
import { Clinic, leafOf, person, Visit } from './visit.ts';

let visit: Visit;
afterEach(() => visit.close());

const patient = person('patient', 'Noor Vale');
const ago = (seconds: number): number => Math.floor(Date.now() / 1000) - seconds;

describe('a grant', () => {
  test('for this leaf, visit and name is taken, once', async () => {
    visit = await Visit.open();
    const client = await visit.start(patient);
    const grant = await visit.clinic.grant(visit.id, patient, client.crypto.leaf);
    const outcome = await client.crypto.authorize(grant);
    expect(outcome).toMatchObject({ tag: 'authorized', participantId: patient.participantId, role: 'patient' });
    await expect(client.crypto.authorize(grant)).rejects.toThrow(new CallCryptoError('wrongState'));
  });

  test.each<[string, string, Record<string, unknown>]>([
    ['for another leaf', 'otherLeaf', { jkt: 'A'.repeat(43) }],
    ['for another visit', 'otherVisit', { vis: 'A'.repeat(22) }],
    ['under another name', 'otherName', { nmc: 'A'.repeat(43) }],
    ['that has expired', 'expired', { exp: ago(120) }],
    ['that was signed in the future', 'notYet', { iat: ago(-120) }],
    ['of another clinic', 'malformed', { iss: 'A'.repeat(22) }],
    ['for an unknown role', 'malformed', { role: 'somebody' }],
    ['that is meant for signaling', 'malformed', { aud: 'sotto/signaling' }],
  ])('%s is refused as %s', async (_, reason, changes) => {
    visit = await Visit.open();
    const client = await visit.start(patient);
    const grant = await visit.clinic.grant(visit.id, patient, client.crypto.leaf, changes);
    expect(await client.crypto.authorize(grant)).toEqual({ tag: 'refused', reason });
    await expect(client.crypto.keyPackage()).rejects.toThrow(new CallCryptoError('wrongState'));
  });

  test('of another clinic’s key is refused', async () => {
    visit = await Visit.open();
    const client = await visit.start(patient);
    const { credential, name } = await (await Clinic.open()).grant(visit.id, patient, client.crypto.leaf, {
      iss: visit.clinic.id,
    });
    expect(await client.crypto.authorize({ credential, name })).toEqual({ tag: 'refused', reason: 'unknownSigner' });
  });
});

describe('the worker', () => {
  test('makes a new leaf key each time', async () => {
    visit = await Visit.open();
    const [one, other] = [await visit.start(patient), await visit.start(patient)];
    expect(one.crypto.leaf).not.toBe(other.crypto.leaf);
  });

  test('refuses calls out of order and arguments out of shape, and lives on', async () => {
    visit = await Visit.open();
    const client = await visit.enter(person('physician', 'A'));
    const wrongState = new CallCryptoError('wrongState');
    await expect(client.crypto.update()).rejects.toThrow(wrongState);
    await expect(client.crypto.commitAccepted()).rejects.toThrow(wrongState);
    await expect(client.crypto.introduce()).rejects.toThrow(wrongState);
    await expect(client.crypto.createGroup(0)).rejects.toThrow(new CallCryptoError('invalid'));
    await expect(client.crypto.remove([{ ...leafOf(client), extra: 1 } as never])).rejects.toThrow(
      new CallCryptoError('invalid'),
    );
    await client.crypto.createGroup(1);
    await client.crypto.update();
    await expect(client.crypto.update()).rejects.toThrow(wrongState);
    expect(client.heard.dead).toEqual([]);
  });

  test('answers nothing more once it’s closed', async () => {
    visit = await Visit.open();
    const client = await visit.enter(patient);
    await client.crypto.close();
    await expect(client.crypto.keyPackage()).rejects.toThrow(new CallCryptoError('dead'));
    expect(client.heard.dead).toEqual([]);
  });
});

describe('support', () => {
  const globals = {
    isSecureContext: true,
    RTCPeerConnection,
    Worker,
    crypto,
    RTCRtpScriptTransform,
    RTCRtpSender,
  };

  test('this browser has it, both ways', async () => {
    visit = await Visit.open();
    expect(await CallCrypto.support()).toEqual({
      tag: 'supported',
      mechanisms: ['scriptTransform', 'encodedStreams'],
    });
  });

  test.each<[string, object, string[]]>([
    ['an insecure page', { isSecureContext: false }, ['secureContext']],
    ['WebRTC', { RTCPeerConnection: undefined }, ['webRtc']],
    ['workers', { Worker: undefined }, ['worker']],
    ['Ed25519', { crypto: { subtle: { generateKey: () => Promise.reject(new Error()) } } }, ['ed25519']],
    ['any transform', { RTCRtpScriptTransform: undefined, RTCRtpSender: undefined }, ['encodedTransform']],
  ])('one without %s is told so', async (_, lacking, missing) => {
    visit = await Visit.open();
    expect(await detectSupport({ ...globals, ...lacking })).toEqual({ tag: 'unsupported', missing });
  });
});
