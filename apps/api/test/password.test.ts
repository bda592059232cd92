import { describe, expect, it } from 'vitest';
import { hashPassword, verifyPassword } from '../src/password.ts';

describe('a password', () => {
  it('verifies against its own hash, however its accents were typed, and against no other', async () => {
    const hash = await hashPassword('caf\u00e9 au lait');
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(await verifyPassword('cafe\u0301 au lait', hash)).toBe(true);
    expect(await verifyPassword('cafe au lait', hash)).toBe(false);
    expect(await hashPassword('caf\u00e9 au lait')).not.toBe(hash);
  });

  it('verifies a hash of other costs by the costs that it names', async () => {
    // argon2id("password", salt "somesaltsomesalt", m=64, t=3, p=1) by the reference implementation's format.
    const { argon2Sync } = await import('node:crypto');
    const nonce = Buffer.from('somesaltsomesalt');
    const tag = argon2Sync('argon2id', {
      message: 'password',
      nonce,
      parallelism: 1,
      tagLength: 32,
      memory: 64,
      passes: 3,
    });
    const text = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');
    const hash = `$argon2id$v=19$m=64,t=3,p=1$${text(nonce)}$${text(tag)}`;
    expect(await verifyPassword('password', hash)).toBe(true);
    expect(await verifyPassword('other', hash)).toBe(false);
  });

  it.each([undefined, '', 'plain', '$argon2i$v=19$m=64,t=3,p=1$AAAA$AAAA'])(
    'never verifies against %s',
    async (hash) => {
      expect(await verifyPassword('plain', hash)).toBe(false);
      expect(await verifyPassword('', hash)).toBe(false);
    },
  );
});
