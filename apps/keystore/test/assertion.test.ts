import { verifyAuthenticationResponse } from '@simplewebauthn/server';
import { challengeLabels, type PasskeyAssertion } from '@sotto/protocol/keystore';
import { type AssertionFault, challengeOf, verifyAssertion } from '@sotto/service/assertion';
import { describe, expect, it } from 'vitest';
import { type Bytes, concat, fromBase64url, toBase64url, utf8 } from '../src/bytes.ts';
import { Passkey, party, type Tampering } from './passkey.ts';

const challenge = challengeOf(challengeLabels.release, utf8('{}'));
const verdictOf = (passkey: Passkey, given: PasskeyAssertion, counter = 0) =>
  verifyAssertion(given, { challenge, party, key: { publicKey: passkey.publicKey, counter } });

/** COSE_Key of RFC 9053, as the library wants it. */
const coseKey = (point: Bytes): Bytes =>
  concat(
    Uint8Array.of(0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 0x20),
    point.slice(1, 33),
    Uint8Array.of(0x22, 0x58, 0x20),
    point.slice(33),
  );

/** What another implementation says of the same assertion. */
async function librarySays(passkey: Passkey, given: PasskeyAssertion, counter: number): Promise<boolean> {
  const { credential: id, ...response } = given;
  return verifyAuthenticationResponse({
    response: { id, rawId: id, type: 'public-key', clientExtensionResults: {}, response },
    expectedChallenge: toBase64url(challenge),
    expectedOrigin: [...party.origins],
    expectedRPID: party.rpId,
    credential: { id, publicKey: coseKey(passkey.publicKey), counter },
  }).then(
    ({ verified }) => verified,
    () => false,
  );
}

describe('an assertion', () => {
  it('is valid when it is ours in every respect, from passkeys that count and that do not', async () => {
    for (const passkey of [new Passkey(), new Passkey(undefined, null)]) {
      const given = passkey.assert(challenge);
      expect(verdictOf(passkey, given)).toEqual({ tag: 'valid', counter: passkey.counter ?? 0 });
      expect(await librarySays(passkey, given, 0)).toBe(true);
    }
  });

  const tampered: [string, Tampering, AssertionFault, boolean?][] = [
    ['another type', { type: 'webauthn.create' }, 'type'],
    ['another origin', { origin: 'https://localhost:8444' }, 'origin'],
    ['a look-alike origin', { origin: 'https://localhost:8443.example' }, 'origin'],
    // The library lets this pass where the browser doesn't say what the top origin is.
    ['a page embedded in another', { crossOrigin: true }, 'origin', true],
    ['a top origin', { topOrigin: 'https://localhost:8443' }, 'origin'],
    ['another rpId', { rpId: 'example.org' }, 'rpId'],
    ['nobody present', { flags: 0x04 }, 'userPresence'],
    ['nobody verified', { flags: 0x01 }, 'userVerification'],
    ['a backup that can’t be', { flags: 0x15 }, 'backupState'],
    ['extensions that aren’t there', { flags: 0x85 }, 'format'],
    ['bytes after the counter', { extra: Uint8Array.of(1) }, 'format'],
    ['a counter that stands still', { counter: 7 }, 'counter'],
    ['a counter that went back', { counter: 6 }, 'counter'],
    ['a counter that went away', { counter: 0 }, 'counter'],
  ];
  it.each(tampered)('is refused with %s', async (_what, changes, fault, libraryAccepts = false) => {
    const passkey = new Passkey(undefined, 7);
    const given = passkey.assert(challenge, changes);
    expect(verdictOf(passkey, given, 7)).toEqual({ tag: 'invalid', fault });
    expect(await librarySays(passkey, given, 7)).toBe(libraryAccepts);
  });

  it('is refused for another challenge, and for the same act under another label', () => {
    const passkey = new Passkey();
    const act = challengeOf(challengeLabels.act, utf8('{}'));
    expect(verdictOf(passkey, passkey.assert(act))).toEqual({ tag: 'invalid', fault: 'challenge' });
  });

  it('is refused under another’s key, or with any part changed after signing', () => {
    const passkey = new Passkey();
    const given = passkey.assert(challenge);
    expect(verdictOf(new Passkey(), given)).toEqual({ tag: 'invalid', fault: 'signature' });
    const flip = (text: string, at: number) => {
      const bytes = fromBase64url(text);
      bytes[at] = (bytes[at] ?? 0) ^ 0x80;
      return toBase64url(bytes);
    };
    // The user-verified bit is set already; the counter's highest bit isn't.
    const counted = { ...given, authenticatorData: flip(given.authenticatorData, 33) };
    expect(verdictOf(passkey, counted)).toEqual({ tag: 'invalid', fault: 'signature' });
    const spaced = toBase64url(concat(fromBase64url(given.clientDataJSON), utf8(' ')));
    expect(verdictOf(passkey, { ...given, clientDataJSON: spaced })).toEqual({ tag: 'invalid', fault: 'signature' });
    for (const signature of [flip(given.signature, 8), toBase64url(new Uint8Array(70)), 'AA']) {
      expect(verdictOf(passkey, { ...given, signature })).toEqual({ tag: 'invalid', fault: 'signature' });
    }
    expect(verdictOf(passkey, { ...given, clientDataJSON: 'e30' })).toEqual({ tag: 'invalid', fault: 'format' });
    expect(verdictOf(passkey, { ...given, authenticatorData: 'AAAA' })).toEqual({ tag: 'invalid', fault: 'format' });
  });
});
