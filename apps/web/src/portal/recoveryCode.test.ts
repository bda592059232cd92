import { describe, expect, it, vi } from 'vitest';
import { fromBase64url, sha256, toBase64url, utf8 } from '../keystore/bytes.ts';
import { wordsOf } from '../keystore/troubleWords.ts';
import { createRecoveryCode, groupsOf, keyOfCode, makeRecoveryCode, parseRecoveryCode } from './recoveryCode.ts';

describe('a recovery code', () => {
  it('is twenty characters that nobody confuses, and never the same', () => {
    const codes = Array.from({ length: 200 }, createRecoveryCode);
    expect(new Set(codes).size).toBe(200);
    expect(codes.every((code) => /^[0-9A-HJKMNP-TV-Z]{20}$/.test(code))).toBe(true);
    // Every character of the alphabet turns up: no bit is lost.
    expect(new Set(codes.join('')).size).toBe(32);
  });

  it('is read as people write it', () => {
    const code = '0123456789ABCDEFGHJK';
    expect(groupsOf(code)).toEqual(['01234', '56789', 'ABCDE', 'FGHJK']);
    for (const typed of [
      code,
      groupsOf(code).join('-'),
      groupsOf(code).join(' ').toLowerCase(),
      ' OI234 56789 abcdefghjk ',
    ]) {
      expect(parseRecoveryCode(typed)).toBe(code);
    }
  });

  it.each(['', '0123456789ABCDEFGHJ', '0123456789ABCDEFGHJKM', '0123456789ABCDEFGHJU', '0123456789ABCDEFGHJ!'])(
    'is none: %s',
    (typed) => {
      expect(parseRecoveryCode(typed)).toBeNull();
    },
  );

  it('gives the same key each time, whose signatures verify, and another code another', async () => {
    const code = '0123456789ABCDEFGHJK';
    const [key, again, other] = await Promise.all([
      keyOfCode(code),
      keyOfCode(code),
      keyOfCode('ZZZZZZZZZZZZZZZZZZZZ'),
    ]);
    expect(again.publicKey).toBe(key.publicKey);
    expect(other.publicKey).not.toBe(key.publicKey);
    const raw = fromBase64url(key.publicKey);
    if (raw === null) throw new Error('no key');
    expect(key.credential).toBe(toBase64url(await sha256(raw)));
    const challenge = await sha256(utf8('to be signed'));
    const { credential, signature } = await key.sign(challenge);
    expect(credential).toBe(key.credential);
    const publicKey = await crypto.subtle.importKey('raw', raw, 'Ed25519', false, ['verify']);
    const bytes = fromBase64url(signature);
    if (bytes === null) throw new Error('no signature');
    expect(await crypto.subtle.verify('Ed25519', publicKey, bytes, challenge)).toBe(true);
    expect(await crypto.subtle.verify('Ed25519', publicKey, bytes, await sha256(utf8('another')))).toBe(false);
  });

  it('is made with its key, and not at all where the browser can make none: no code is shown then', async () => {
    const { code, key } = await makeRecoveryCode();
    expect((await keyOfCode(code)).publicKey).toBe(key.publicKey);
    const asked = vi.spyOn(crypto.subtle, 'importKey').mockRejectedValue(new DOMException('no', 'NotSupportedError'));
    await expect(makeRecoveryCode()).rejects.toMatchObject({ code: 'newCodeUnsupported' });
    asked.mockRestore();
    expect(wordsOf({ of: 'passkey', code: 'newCodeUnsupported' })).toBe('newCodeUnsupported');
  });

  it('blames the browser for nothing else', async () => {
    const fault = new DOMException('no', 'OperationError');
    const asked = vi.spyOn(crypto.subtle, 'importKey').mockRejectedValue(fault);
    await expect(keyOfCode('0123456789ABCDEFGHJK')).rejects.toBe(fault);
    await expect(makeRecoveryCode()).rejects.toBe(fault);
    asked.mockRestore();
  });

  it('says so where the browser can make no such key', async () => {
    const asked = vi.spyOn(crypto.subtle, 'importKey').mockRejectedValue(new DOMException('no', 'NotSupportedError'));
    await expect(keyOfCode('0123456789ABCDEFGHJK')).rejects.toMatchObject({ code: 'codeUnsupported' });
    asked.mockRestore();
    expect(wordsOf({ of: 'passkey', code: 'codeUnsupported' })).toBe('codeUnsupported');
  });

  it('gives the key that the specification has', async () => {
    const { publicKey } = await keyOfCode('0123456789ABCDEFGHJK');
    expect(publicKey).toBe('NLS2EgoVHJPC6XRjbZug76KRKC5GYSPsQ7wtuD05PA0');
  });
});
