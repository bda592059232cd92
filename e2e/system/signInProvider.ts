import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startUnsafeProvider, type UnsafeProvider } from '@sotto/infra/testing/oidcProvider';

/** A provider of OpenID Connect by which a clinic's staff sign in. */
export class SignInProvider implements AsyncDisposable {
  static readonly label = 'Example ID';
  readonly #folder = mkdtempSync(join(tmpdir(), 'sotto-provider-'));
  #provider: UnsafeProvider | null = null;

  /** @returns what the clinic is told of it */
  async start(web: string): Promise<Record<string, string>> {
    const secret = 'a secret of the clinic and its provider';
    const file = join(this.#folder, 'secret');
    writeFileSync(file, secret, { mode: 0o600 });
    const client = { id: 'sotto', redirectUri: `${web}/oidc/`, proof: { secret } };
    this.#provider = await startUnsafeProvider(client);
    return {
      API_OIDC_ISSUER: this.#provider.issuer,
      API_OIDC_CLIENT_ID: client.id,
      API_OIDC_CLIENT_SECRET_FILE: file,
      API_OIDC_LABEL: SignInProvider.label,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#provider?.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
