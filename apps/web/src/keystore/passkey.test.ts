import { describe, expect, it } from 'vitest';
import { pointOf } from './passkey.ts';

async function spkiOf(curve: 'P-256' | 'P-384') {
  const { publicKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: curve }, true, ['verify', 'sign']);
  const spki = await crypto.subtle.exportKey('spki', publicKey);
  return { spki, raw: new Uint8Array(await crypto.subtle.exportKey('raw', publicKey)) };
}

describe('the public key of a new passkey', () => {
  it('is the point of a P-256 key', async () => {
    const { spki, raw } = await spkiOf('P-256');
    expect(await pointOf(spki)).toEqual(raw);
    expect(raw).toHaveLength(65);
  });

  it('is refused on another curve, off the curve, cut or prolonged', async () => {
    const { spki } = await spkiOf('P-256');
    expect(await pointOf((await spkiOf('P-384')).spki)).toBeNull();
    expect(await pointOf(spki.slice(0, -1))).toBeNull();
    expect(await pointOf(new Uint8Array([...new Uint8Array(spki), 0]).buffer)).toBeNull();
    for (const at of [0, 10, 26, 90]) {
      const changed = new Uint8Array(spki.slice(0));
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(await pointOf(changed.buffer)).toBeNull();
    }
  });
});
