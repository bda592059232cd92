import { type CredentialId, credentialId } from '@sotto/protocol/keystore';
import { type Bytes, concat, sha256, toBase64url, utf8 } from '../src/keystore/bytes.ts';
import type { SignedByPasskey } from '../src/keystore/passkey.ts';

const presentAndVerified = 0x05;

/** One INTEGER of an ECDSA-Sig-Value (X.690 section 8.3). */
function integer(half: Uint8Array): Bytes {
  const first = half.findIndex((byte) => byte !== 0);
  const digits = half.subarray(first === -1 ? half.length - 1 : first);
  const body = (digits[0] ?? 0) >= 0x80 ? concat(Uint8Array.of(0), digits) : concat(digits);
  return concat(Uint8Array.of(0x02, body.length), body);
}

/** An authenticator with one passkey (WebAuthn section 6). */
export class SoftPasskey {
  readonly credential: CredentialId;
  /** `04 ‖ X ‖ Y` */
  readonly publicKey: Bytes;
  readonly #key: CryptoKey;

  private constructor(key: CryptoKey, publicKey: Bytes) {
    this.#key = key;
    this.publicKey = publicKey;
    this.credential = credentialId.parse(toBase64url(crypto.getRandomValues(new Uint8Array(24))));
  }

  static async make(): Promise<SoftPasskey> {
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
    const { privateKey, publicKey } = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    return new SoftPasskey(privateKey, new Uint8Array(await crypto.subtle.exportKey('raw', publicKey)));
  }

  async sign(challenge: Bytes, page: { rpId: string; origin: string }): Promise<SignedByPasskey> {
    const clientDataJSON = utf8(
      JSON.stringify({ type: 'webauthn.get', challenge: toBase64url(challenge), origin: page.origin }),
    );
    const flagsAndCounter = Uint8Array.of(presentAndVerified, 0, 0, 0, 1);
    const authenticatorData = concat(await sha256(utf8(page.rpId)), flagsAndCounter);
    const signed = concat(authenticatorData, await sha256(clientDataJSON));
    const raw = new Uint8Array(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, this.#key, signed));
    const [r, s] = [integer(raw.subarray(0, 32)), integer(raw.subarray(32))];
    const signature = concat(Uint8Array.of(0x30, r.length + s.length), r, s);
    return { credential: this.credential, authenticatorData, clientDataJSON, signature };
  }
}
