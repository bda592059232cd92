import type { CDPSession, Page } from '@playwright/test';

/** A device's own authenticator with a fingerprint reader, in place of a person's finger. */
export class Authenticator {
  readonly #session: CDPSession;
  readonly #id: string;
  #signed = 0;

  private constructor(session: CDPSession, id: string) {
    this.#session = session;
    this.#id = id;
  }

  /** Gives the page's device one; it says yes at once until told otherwise. */
  static async give(page: Page): Promise<Authenticator> {
    const session = await page.context().newCDPSession(page);
    await session.send('WebAuthn.enable');
    const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    const authenticator = new Authenticator(session, authenticatorId);
    session.on('WebAuthn.credentialAsserted', () => {
      authenticator.#signed += 1;
    });
    return authenticator;
  }

  /** How often it has signed so far. */
  get signed(): number {
    return this.#signed;
  }

  /** Brings its passkeys to another device too, as somebody does who comes with a security key. */
  async bringTo(other: Authenticator): Promise<void> {
    const { credentials } = await this.#session.send('WebAuthn.getCredentials', { authenticatorId: this.#id });
    for (const credential of credentials) {
      await other.#session.send('WebAuthn.addCredential', { authenticatorId: other.#id, credential });
    }
  }

  /** Whether the finger is the right one. With a wrong one the browser gives up, as when the person closes its window. */
  async recognise(isUserVerified: boolean): Promise<void> {
    await this.#session.send('WebAuthn.setUserVerified', { authenticatorId: this.#id, isUserVerified });
  }
}
