import { generateKeyPairSync, sign } from 'node:crypto';
import { type Closing, challengeLabels, type ReleaseRequest } from '@sotto/protocol/keystore';
import type { SignedClosing } from '@sotto/protocol/keystoreRoutes';
import { challengeOf } from '@sotto/service/assertion';
import { canonicalJson, toBase64url } from '../src/bytes.ts';

/** The key by which a viewer's browser says for how long something was open. */
export class Closer {
  readonly #pair = generateKeyPairSync('ed25519');

  get publicKey(): string {
    return this.#pair.publicKey.export({ format: 'jwk' }).x ?? '';
  }

  tell(request: ReleaseRequest, seconds: number, isOver: boolean, changes: Partial<Closing> = {}): SignedClosing {
    const { id, clinic } = request;
    const closing = { type: 'sotto/closing/v1' as const, clinic, request: id, seconds, isOver, ...changes };
    const challenge = challengeOf(challengeLabels.closing, canonicalJson(closing));
    return { request, closing, signature: toBase64url(sign(null, challenge, this.#pair.privateKey)) };
  }
}
