import { errorBody } from '@sotto/protocol/errors';
import { guestInvitation } from '@sotto/protocol/guests';
import { objectId } from '@sotto/protocol/ids';
import { keystoreRefusal } from '@sotto/protocol/keystoreRoutes';
import { intentGrant, intentHeader } from '@sotto/protocol/phi';
import { createAttemptLimit } from '../src/attemptLimit.ts';
import { createVisit, joinAsPatient } from './clinic.ts';
import type { Answer, HttpClient, Request } from './httpClient.ts';
import { nameOf, type Operation, readOperations } from './operations.ts';
import { askIntent, phiRouteOf, readerOf } from './phi.ts';
import { Records } from './records.ts';

/** Stands in every name that somebody wrote. */
export const planted = 'Zyxplanted';
/** Who is signed in nowhere, among those who ask. */
export const nobody = 2;

/** One request of somebody's, by their place among those who ask. */
export interface Case {
  readonly operation: Operation;
  readonly browser: number;
  readonly path: string;
  readonly request: Request;
}

/** Ends the session by which everything else is asked. */
export const isLast = ({ method, path }: Operation): boolean =>
  (method === 'DELETE' && /\/(?:session|join|invitation)$/.test(path)) ||
  (method === 'POST' && /\/(?:end|invitation|disable)$/.test(path));

const shown =
  /planted-header|\bat .+\.(?:ts|js):\d+|node_modules|SELECT |select .+ from|syntax error|invalid input|clinic\.|Error:/;

/** A clinic with a visit, a note and names that only some may see, for whatever is sent to its api. */
export class FuzzScene implements AsyncDisposable {
  readonly records: Records;
  readonly operations: readonly Operation[];
  /** Who asks; the first two may see names, in what isn't refused. */
  readonly browsers: readonly HttpClient[];
  /** What is there, by what paths call it. */
  readonly known: Readonly<Record<string, string>>;
  readonly strangersVisit: string;

  private constructor(
    records: Records,
    {
      operations,
      browsers,
      known,
      strangersVisit,
    }: Pick<FuzzScene, 'operations' | 'browsers' | 'known' | 'strangersVisit'>,
  ) {
    this.records = records;
    this.operations = operations;
    this.browsers = browsers;
    this.known = known;
    this.strangersVisit = strangersVisit;
  }

  static async start(): Promise<FuzzScene> {
    const records = await Records.start();
    const { clinic } = records;
    // What is meant to stop this is tested elsewhere. Signing in and opening links stay as they are: each costs Argon2id.
    const unlimited = Object.keys(clinic.context.limits)
      .filter((name) => !/^(?:signIn|join)/.test(name))
      .map((name) => [name, createAttemptLimit(1e9, 60)]);
    Object.assign(clinic.context.limits, Object.fromEntries(unlimited));

    const writer = await records.enrolled('physician', `Dr ${planted}`);
    const visit = await createVisit(writer.browser, clinic, `${planted} Patient`);
    const note = await records.write(writer, { visit });
    const endsAt = new Date(Date.now() + 3_600_000).toISOString();
    const invited = guestInvitation.parse(
      (
        await writer.browser.send('POST', `/api/visits/${visit.id}/guests`, {
          body: { kind: 'family', name: `${planted} Guest`, endsAt },
        })
      ).json,
    );
    const stranger = await records.stranger('physician', 'Dr Stranger');
    const strangersVisit = await createVisit(stranger.browser, clinic, 'Somebody Else');
    const browsers = [
      ...[writer.browser, await joinAsPatient(writer.browser, clinic, visit.id)],
      ...[clinic.visitor(), stranger.browser, await joinAsPatient(stranger.browser, clinic, strangersVisit.id)],
      ...[await clinic.signIn(await clinic.addStaff('nurse')), await clinic.signIn(await clinic.addStaff('admin'))],
      records.officer(0).browser,
    ];
    const known = {
      ...{ visitId: visit.id, objectId: note.object, pseudonym: note.pseudonym },
      ...{ participantId: invited.guest.participantId, staffId: stranger.id, role: 'nurse', leaf: '0000-000000' },
    };
    const operations = await readOperations(clinic.visitor());
    return new FuzzScene(records, { browsers, known, operations, strangersVisit: strangersVisit.id });
  }

  /** The ids of what is there. */
  get ids(): readonly string[] {
    return [...Object.values(this.known), this.strangersVisit];
  }

  /** @throws if nobody is at that place */
  async send({ browser, operation, path, request }: Case): Promise<Answer> {
    const asks = this.browsers[browser];
    if (!asks) throw new Error('nobody asks');
    const intent = await this.#intentFor(asks, operation);
    return asks.send(operation.method, path, { ...request, headers: { ...request.headers, ...intent } });
  }

  /** An intent for the note, of whoever may have one. */
  async #intentFor(asks: HttpClient, operation: Operation): Promise<Record<string, string>> {
    const route = phiRouteOf(operation);
    if (route === undefined) return {};
    const object = objectId.parse(this.known['objectId']);
    const granted = intentGrant.safeParse((await askIntent(asks, { route, object, ...readerOf(asks) })).json);
    return granted.success ? { [intentHeader]: granted.data.id } : {};
  }

  /** What is wrong with an answer, in words that name its route; null if nothing is. */
  faultOf({ browser, operation }: Case, answer: Answer): string | null {
    const named = (fault: string) => `${fault}: ${nameOf(operation)} ${answer.status}`;
    const text = answer.body.toString();
    if (answer.status >= 500) return named('a fault of the server’s own');
    if (/planted/i.test(JSON.stringify(answer.headers))) return named('a header that was asked for');
    if (answer.status < 400) {
      const names = text.includes(`${planted} Patient`) || text.includes(`${planted} Guest`);
      return names && browser > 1 && operation.path !== '/api/openapi.json' ? named('somebody else’s name') : null;
    }
    const isRefusal = errorBody.safeParse(answer.json).success || keystoreRefusal.safeParse(answer.json).success;
    if (answer.body.length > 0 && !isRefusal) return named('an error that isn’t one of ours');
    if (shown.test(text) || text.includes(planted)) return named('an error that tells too much');
    return answer.headers['x-correlation-id'] === undefined ? named('an error without its id') : null;
  }

  /** What is wrong with what was logged so far, and whether the api still answers; null if nothing is. */
  async faultAfterwards(): Promise<string | null> {
    const { clinic } = this.records;
    const lines = clinic.log.join('');
    if (lines.includes(planted)) return 'a name in the log';
    if (/drop table|planted-header|etc\/passwd|pg_sleep/.test(lines)) return 'what was sent, in the log';
    if (lines.includes('failedRequest')) return 'a request that failed';
    return (await clinic.visitor().send('GET', '/api/health')).status === 200 ? null : 'the api doesn’t answer';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.records.close();
  }
}
