import { createHash, createPrivateKey, createPublicKey, diffieHellman, type KeyObject, randomBytes } from 'node:crypto';
import { XWing } from '@hpke/hybridkem-x-wing';
import { createMlKem768 } from 'mlkem';
import { type Bytes, bytesOf, concat, copy, utf8 } from './bytes.ts';

const label = utf8('\\.//^\\');
const mlKemKeyLength = 1184;
const seedLength = 32;
/** DER of an X25519 key up to its 32 bytes (RFC 8410): PKCS #8 and SPKI. */
const privatePrefix = Buffer.from('302e020100300506032b656e04220420', 'hex');
const publicPrefix = Buffer.from('302a300506032b656e032100', 'hex');

const mlKem = await createMlKem768();

type Encapsulation = Parameters<XWing['encap']>[0];

/**
 * X-Wing (draft-connolly-cfrg-xwing-kem section 5.4) with the platform's X25519 and SHA-3, where the library's are written
 * in JavaScript: a release spent most of its time in them. ML-KEM stays the library's, since the platform's takes
 * no randomness from outside.
 */
export class NodeXWing extends XWing {
  override async encap({ recipientPublicKey, ekm }: Encapsulation): ReturnType<XWing['encap']> {
    const publicKey = copy(new Uint8Array(await this.serializePublicKey(recipientPublicKey)));
    const given = ekm instanceof ArrayBuffer || ArrayBuffer.isView(ekm) ? copy(bytesOf(ekm)) : null;
    const randomness = given ?? copy(randomBytes(2 * seedLength));
    try {
      const ephemeral = x25519PrivateKey(randomness.subarray(seedLength));
      const pkX = publicKey.subarray(mlKemKeyLength);
      const ctX = rawPublicKey(ephemeral);
      const ssX = diffieHellman({ privateKey: ephemeral, publicKey: x25519PublicKey(pkX) });
      const [ctM, ssM] = mlKem.encap(publicKey.subarray(0, mlKemKeyLength), randomness.subarray(0, seedLength));
      const hash = createHash('sha3-256');
      for (const part of [ssM, ssX, ctX, pkX, label]) hash.update(part);
      ssM.fill(0);
      ssX.fill(0);
      return { sharedSecret: copy(hash.digest()).buffer, enc: concat(ctM, ctX).buffer };
    } finally {
      randomness.fill(0);
    }
  }
}

function x25519PrivateKey(raw: Bytes): KeyObject {
  const der = Buffer.concat([privatePrefix, raw]);
  try {
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  } finally {
    der.fill(0);
  }
}

const x25519PublicKey = (raw: Bytes): KeyObject =>
  createPublicKey({ key: Buffer.concat([publicPrefix, raw]), format: 'der', type: 'spki' });

const rawPublicKey = (key: KeyObject): Bytes =>
  copy(createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(publicPrefix.length));
