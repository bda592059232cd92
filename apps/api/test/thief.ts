import { Agent, request } from 'node:https';
import type { TemporaryKeystore } from '@sotto/infra/keystore';
import type { PatientId, StaffId } from '@sotto/protocol/ids';
import type { Nonce } from '@sotto/protocol/keystore';
import { nonceGrant } from '@sotto/protocol/keystoreRoutes';
import { mutualTlsClientOptions } from '@sotto/service/tls';
import { createObjectKeyPair } from '@sotto/vault';
import { Passkey } from './passkey.ts';

export interface StolenAnswer {
  readonly status: number;
  readonly json: unknown;
}

/** Somebody at the keystore's door with the api's own certificate, who sends what they like. */
export class Thief {
  /** Their own: nobody has signed for it. */
  readonly passkey: Passkey;
  /** What a release would have to be sealed to for them to open it. */
  readonly viewerKey: string;
  readonly #agent: Agent;
  readonly #url: URL;

  private constructor({ url, tls, ca }: TemporaryKeystore, passkey: Passkey, viewerKey: string) {
    this.passkey = passkey;
    this.viewerKey = viewerKey;
    this.#url = new URL(url);
    this.#agent = new Agent({ keepAlive: true, ...mutualTlsClientOptions(tls, ca, 'keystore.sotto.internal') });
  }

  /** @param origin of the pages that passkeys are asked from */
  static async at(keystore: TemporaryKeystore, origin: string): Promise<Thief> {
    const { publicKey } = await createObjectKeyPair();
    return new Thief(keystore, new Passkey(origin), Buffer.from(publicKey).toString('base64url'));
  }

  ask(method: string, path: string, body?: unknown): Promise<StolenAnswer> {
    const { hostname: host, port } = this.#url;
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    return new Promise((resolve, reject) => {
      const asked = request({ host, port, method, path, headers, agent: this.#agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, json: text === '' ? undefined : JSON.parse(text) });
        });
      });
      asked.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** A nonce for anybody: the api may ask for it. */
  async nonce(subject: StaffId | PatientId): Promise<Nonce> {
    return nonceGrant.parse((await this.ask('POST', '/v1/nonces', { subject })).json).nonce;
  }

  close(): void {
    this.#agent.destroy();
  }
}
