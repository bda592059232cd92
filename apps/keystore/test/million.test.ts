import { AuditLog, nodeTreeHasher } from '@sotto/audit/postgres';
import { type PatientId, patientId, staffId } from '@sotto/protocol/ids';
import { readingNonce } from '@sotto/protocol/keystore';
import type { EntriesRequest } from '@sotto/protocol/keystoreRoutes';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../src/ids.ts';
import type { KeystoreContext } from '../src/keystoreContext.ts';
import { entryOf } from '../src/log/entry.ts';
import { readEntries } from '../src/log/reading.ts';
import { verifyWholeLog } from '../src/log/wholeLog.ts';
import { Installation, random } from './installation.ts';
import type { Passkey } from './passkey.ts';
import { openRelease, People } from './people.ts';
import { permittedReleases } from './permittedReleases.ts';

/** A million takes minutes: only among the tests that take long. */
const wanted = process.env['SOTTO_LONG'] === '1' ? 1_000_000 : 20_000;
const batch = 1000;
const minutes = 60_000;

let installation: Installation;
let context: KeystoreContext;
let people: People;
let physician: Passkey;
const patients = Array.from({ length: 250 }, () => newId(patientId));
const staff = Array.from({ length: 100 }, () => newId(staffId));
const of = <T>(list: readonly T[], place: number): T => {
  const found = list[place % list.length];
  if (found === undefined) throw new Error('an empty list');
  return found;
};
const secondsOf = async (work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
};
const tell = (what: string, seconds: number) =>
  process.stderr.write(`${wanted} entries, ${what}: ${seconds.toFixed(2)} s\n`);

beforeAll(async () => {
  installation = await Installation.start();
  context = await installation.open();
  people = await People.with(installation, context);
  physician = await people.physician();
  const log = new AuditLog(context.database, { hasher: nodeTreeHasher, random });
  for (let first = 0; first < wanted; first += batch) {
    const at = new Date(Date.UTC(2026, 0, 1) + first * 1000);
    const drafts = Array.from({ length: batch }, (_, place) =>
      entryOf(at, {
        // Every tenth by two people.
        actor: place % 10 === 0 ? `${of(staff, place)}+${of(staff, place + 1)}` : of(staff, first / batch + place),
        ...{ role: 'physician', action: 'object.release', resource: 'object:none', patient: of(patients, place) },
      }),
    );
    await log.append(drafts);
  }
  await installation.asOwner((client) => client.query('analyze'));
  await context.log.cover();
}, 30 * minutes);
afterAll(() => installation.remove());

describe('a long log', { timeout: 30 * minutes }, () => {
  it('is verified as a whole before the keystore serves', async () => {
    let report: Awaited<ReturnType<typeof verifyWholeLog>> | null = null;
    const seconds = await secondsOf(async () => {
      report = await verifyWholeLog(context, installation.logSigner.key, installation.witnessSigner.key);
    });
    tell('verified at the start', seconds);
    expect(report).toMatchObject({ findings: [] });
  });

  it('is read by patient, by actor and as a whole without delay, also from its middle', async () => {
    const reader = { subject: newId(staffId), role: 'privacyOfficer' };
    const abouts: EntriesRequest['about'][] = [
      { of: 'patient', pseudonym: of(patients, 3) },
      { of: 'actor', subject: of(staff, 3) },
      { of: 'all' },
    ];
    for (const about of abouts) {
      for (const before of [null, wanted / 2]) {
        const seconds = await secondsOf(async () => {
          const nonce = newId(readingNonce);
          const { entries, next } = await readEntries(context, { reader, about, nonce, before, limit: 20 });
          expect(entries.length).toBe(20);
          expect(next).not.toBeNull();
        });
        tell(`20 of ${about.of}`, seconds);
        // Five seconds are for a machine that does much else at once.
        expect(seconds).toBeLessThan(5);
      }
    }
  });

  it('takes a release as a short one does', async () => {
    const releases = permittedReleases(context, people.requests);
    const known: PatientId = of(patients, 7);
    const { object } = await people.object(known);
    const viewer = await people.viewer(physician, [object]);
    const seconds = await secondsOf(async () => {
      expect((await openRelease(viewer, await releases.release(viewer.call), installation)).size).toBe(1);
    });
    tell('one release', seconds);
    expect(seconds).toBeLessThan(5);
  });
});
