import { createHmac } from 'node:crypto';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { staffSession } from '@sotto/protocol/clinic';
import type { ObjectId } from '@sotto/protocol/ids';
import { incidentsView, openedIncident } from '@sotto/protocol/incidents';
import { expect } from 'vitest';
import type { AlertContext } from '../src/alerts/alertContext.ts';
import { openAlertWatch } from '../src/alerts/alertWatch.ts';
import { newCertificate } from './certificate.ts';
import { type Clinician, Records } from './records.ts';

/** Where it is about noon now: at night whatever is opened is a warning, too. */
function zoneAtNoon(): string {
  const ahead = 12 - new Date().getUTCHours();
  // The sign of these zones is the other way round.
  return `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;
}

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A clinic with a keystore of its own, whose api looks for unusual access when a test says so. */
export async function startAlertScene(channels: AlertContext['channels'] = {}) {
  const records = await Records.start();
  const faults: unknown[] = [];
  const { platformLog } = records.clinic;
  const context = { ...records.clinic.context, channels, platformLog };
  const open = () =>
    openAlertWatch(context, {
      timeZone: zoneAtNoon(),
      onMail: () => undefined,
      log: { ...quiet, error: (_event, fields) => void faults.push(fields?.error) },
    });
  const watch = open();
  // What was before is learnt first.
  await watch.look();
  /** Objects of so many patients of a physician's own. */
  async function objects(physician: Clinician, count: number): Promise<ObjectId[]> {
    const written: ObjectId[] = [];
    for (let one = 0; one < count; one += 1) {
      written.push((await records.write(physician, { isStored: false })).object);
    }
    return written;
  }
  /** What became of asking for these together. */
  async function opened(
    who: Clinician,
    asked: readonly ObjectId[],
    changes: Parameters<Records['release']>[2] = {},
  ): Promise<string> {
    const body = await records.release(who, asked, changes);
    const { status, json } = await who.browser.send('POST', '/api/keystore/releases', { body });
    return status === 200 ? 'released' : (json as { code: string }).code;
  }
  /** As an officer reads it. */
  const incidents = async () =>
    incidentsView.parse((await records.officer(0).browser.send('GET', '/api/incidents')).json);
  return {
    ...{ records, context, faults, open, objects, opened, incidents },
    /** The newest about somebody. */
    incidentOf: async ({ id }: Clinician) => (await incidents()).incidents.find(({ about }) => about?.id === id),
    /** Opens something of thirteen patients at once. */
    async openMany(who: Clinician): Promise<ObjectId[]> {
      const many = await objects(who, 13);
      expect(await opened(who, many)).toBe('released');
      return many;
    },
    /** Asks for what is another's, of five patients. */
    async tryOthers(who: Clinician): Promise<void> {
      const other = await records.enrolled();
      for (const one of await objects(other, 5)) expect(await opened(who, [one])).toBe('denied');
    },
    /** Into what a sign-in by passkey lets somebody; null where it doesn't. */
    async letsIn(who: Clinician): Promise<'work' | 'emergencies' | null> {
      const { status, json } = await records.signInByPasskey(who, who.browser);
      if (status !== 200) return null;
      return staffSession.parse(json).staff.resting === null ? 'work' : 'emergencies';
    },
    isSignedIn: async ({ browser }: Clinician) => (await browser.send('GET', '/api/session')).status === 200,
    /** Has an officer disable somebody's account. */
    async disable(officer: Clinician, { id }: Clinician): Promise<void> {
      const opened = await officer.browser.send('POST', '/api/incidents', { body: { about: id } });
      const { id: incident } = openedIncident.parse(opened.json);
      expect((await officer.browser.send('POST', `/api/incidents/${incident}/disable`)).status).toBe(204);
      await this.look();
    },
    /** What an officer signs to let somebody go on. */
    lifting: (officer: Clinician, { id }: Clinician) => records.act([officer], { action: 'liftContainment', whom: id }),
    async letGoOn(officer: Clinician, who: Clinician) {
      return officer.browser.send('POST', '/api/keystore/acts', { body: await this.lifting(officer, who) });
    },
    /** Looks, not together with a look that has begun already. */
    async look(): Promise<void> {
      await watch.look();
      await watch.look();
    },
    async close(): Promise<void> {
      await watch.close();
      await records.close();
    },
  };
}

/** Somebody else's server that is told of incidents, and keeps what it was told. */
export async function startReceiver(answers: readonly number[] = []) {
  const { key, cert } = await newCertificate();
  const left = [...answers];
  const told: { readonly body: string; readonly headers: Readonly<Record<string, unknown>>; readonly path: string }[] =
    [];
  const server = createServer({ key, cert }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      told.push({ body: Buffer.concat(chunks).toString(), headers: request.headers, path: request.url ?? '' });
      response.writeHead(left.shift() ?? 204, { location: '/elsewhere' }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...{ told, ca: cert, url: `https://localhost:${port}/hook` },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** Whether a message is whoever's who has the key. */
export function isSignedBy(
  key: string,
  { body, headers }: { body: string; headers: Readonly<Record<string, unknown>> },
) {
  const expected = createHmac('sha256', key)
    .update(`${String(headers['sotto-timestamp'])}.${body}`)
    .digest('hex');
  return headers['sotto-signature'] === `v1=${expected}`;
}
