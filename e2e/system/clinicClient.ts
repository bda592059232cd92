import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { invitation, joinView, staffSession, type TicketGrant, ticketGrant, visit } from '@sotto/protocol/clinic';
import type { Marked } from '../marker.ts';
import { usualBirthDate } from '../pages/birthDate.ts';
import type { Account, RunningSystem } from './runningSystem.ts';

/** Somebody who talks to the api without a browser, with the cookies that it gave. */
export class ClinicClient {
  readonly #system: RunningSystem;
  readonly #ca: Buffer;
  #cookie = '';

  constructor(system: RunningSystem) {
    this.#system = system;
    this.#ca = readFileSync(system.ca);
  }

  /** The header by which it is known. */
  get cookie(): string {
    return this.#cookie;
  }

  /**
   * One JSON request.
   *
   * @throws if the answer's status isn't 2xx
   */
  async ask(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<unknown> {
    const { web } = this.#system;
    const text = body === undefined ? undefined : JSON.stringify(body);
    return await new Promise((resolve, reject) => {
      const outgoing = request(
        new URL(path, web),
        {
          method,
          ca: this.#ca,
          headers: {
            origin: web.origin,
            cookie: this.#cookie,
            ...(text === undefined ? {} : { 'content-type': 'application/json' }),
          },
        },
        (incoming) => {
          let answer = '';
          incoming.setEncoding('utf8').on('data', (chunk: string) => {
            answer += chunk;
          });
          incoming.on('end', () => {
            const { statusCode = 0, headers } = incoming;
            for (const cookie of headers['set-cookie'] ?? []) this.#cookie = cookie.split(';', 1)[0] ?? '';
            if (statusCode < 200 || statusCode > 299) reject(new Error(`${method} ${path} answered ${statusCode}`));
            else resolve(answer === '' ? undefined : JSON.parse(answer));
          });
        },
      );
      outgoing.once('error', reject);
      outgoing.end(text);
    });
  }

  /** Signs in as the demo physician, or as somebody else there. */
  async signIn({ email }: Pick<Account, 'email'> = this.#system.physician): Promise<void> {
    const { password } = this.#system.physician;
    staffSession.parse(await this.ask('POST', '/api/session', { email, password }));
  }

  /** Makes a visit that starts now, unless told otherwise. */
  async createVisit(
    patientName: Marked,
    startsAt = new Date(),
  ): Promise<{ readonly visitId: string; readonly link: string }> {
    const made = visit.parse(
      await this.ask('POST', '/api/visits', {
        ...{ patientName, birthDate: usualBirthDate, startsAt: startsAt.toISOString(), minutes: 20 },
      }),
    );
    const { url } = invitation.parse(await this.ask('POST', `/api/visits/${made.id}/invitation`));
    return { visitId: made.id, link: url };
  }

  /** Joins as the patient whom a link invites. */
  async join(link: string): Promise<void> {
    joinView.parse(
      await this.ask('POST', '/api/join', { secret: new URL(link).hash.slice(1), birthDate: usualBirthDate }),
    );
  }

  /**
   * A ticket for signaling.
   *
   * @param visitId for staff: which visit; a patient's session knows it
   */
  async ticket(leaf: string, visitId?: string): Promise<string> {
    return (await this.grant(leaf, visitId)).ticket;
  }

  /** As `ticket`, with the credential for that leaf. */
  async grant(leaf: string, visitId?: string): Promise<TicketGrant> {
    const path = visitId === undefined ? '/api/join/ticket' : `/api/visits/${visitId}/ticket`;
    return ticketGrant.parse(await this.ask('POST', path, { leaf }));
  }
}
