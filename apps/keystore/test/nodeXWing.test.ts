import { XWing } from '@hpke/hybridkem-x-wing';
import { describe, expect, it } from 'vitest';
import { copy, toBase64url } from '../src/bytes.ts';
import { hpkePublicKey } from '../src/hpke.ts';
import { NodeXWing } from '../src/nodeXWing.ts';
import { random } from './installation.ts';

const text = (bytes: ArrayBuffer) => toBase64url(new Uint8Array(bytes));

describe('X-Wing with the platform’s X25519', () => {
  it('encapsulates as the library does, by the same randomness', async () => {
    for (let round = 0; round < 5; round += 1) {
      const [seed, ekm] = [random(32), random(64)];
      const [theirs, ours] = [new XWing(), new NodeXWing()];
      const publicKey = await hpkePublicKey(copy(seed));
      const expected = await theirs.encap({
        recipientPublicKey: await theirs.deserializePublicKey(publicKey),
        ekm: copy(ekm).buffer,
      });
      const given = { recipientPublicKey: await ours.deserializePublicKey(publicKey), ekm: copy(ekm).buffer };
      const made = await ours.encap(given);
      expect(text(made.enc)).toBe(text(expected.enc));
      expect(text(made.sharedSecret)).toBe(text(expected.sharedSecret));
    }
  });

  it('encapsulates by randomness of its own to whoever has the private key, each time another way', async () => {
    const seed = random(32);
    const kem = new NodeXWing();
    const pair = await kem.generateKeyPairDerand(copy(seed));
    const [one, two] = [
      await kem.encap({ recipientPublicKey: pair.publicKey }),
      await kem.encap({ recipientPublicKey: pair.publicKey }),
    ];
    expect(text(one.enc)).not.toBe(text(two.enc));
    expect(text(await kem.decap({ recipientKey: pair.privateKey, enc: one.enc }))).toBe(text(one.sharedSecret));
  });

  it('refuses a public key whose X25519 part gives everybody the same secret', async () => {
    const publicKey = await hpkePublicKey(random(32));
    publicKey.fill(0, 1184);
    const kem = new NodeXWing();
    const recipientPublicKey = await kem.deserializePublicKey(publicKey);
    await expect(kem.encap({ recipientPublicKey })).rejects.toThrow();
  });
});
