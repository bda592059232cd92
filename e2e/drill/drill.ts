import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Incident, type IncidentStep, incidentsView, stepMinutes } from '@sotto/protocol/incidents';
import { outbox } from '@sotto/protocol/patientNotices';
import { ClinicClient } from '../system/clinicClient.ts';
import { type CommandResult, evidenceCommand } from '../system/commands.ts';
import { checkEvidence } from '../system/evidence.ts';
import type { RunningSystem } from '../system/runningSystem.ts';

/** What a drill reached. */
export interface Reached {
  readonly what: string;
  /** From the breach on. */
  readonly seconds: number;
  /** The plan's own limit; null where it sets none. */
  readonly withinMinutes: number | null;
}

/** So many that somebody tried at what isn't theirs, within seconds: the rule for repeated denials (packages/alerts). */
const tries = 5;
const lookEveryMs = 100;
const patienceMs = 60_000;

/** Asks until there is an answer. @throws Error if there is none in a minute */
async function until<T>(what: string, ask: () => Promise<T | null | undefined>): Promise<T> {
  const giveUp = performance.now() + patienceMs;
  for (;;) {
    const found = await ask();
    if (found !== null && found !== undefined) return found;
    if (performance.now() > giveUp) throw new Error(`Not within a minute: ${what}`);
    await setTimeout(lookEveryMs);
  }
}

function requireDone(what: string, { code, output }: CommandResult): void {
  if (code !== 0) throw new Error(`${what}: ${output}`);
}

async function signedIn(system: RunningSystem, account: { readonly email: string }): Promise<ClinicClient> {
  const client = new ClinicClient(system);
  await client.signIn(account);
  return client;
}

/** Somebody else's visits: the api has none by these names, and says no more than that. */
async function breach(thief: ClinicClient): Promise<void> {
  const visits = Array.from({ length: tries }, () => randomBytes(16).toString('base64url'));
  await Promise.allSettled(visits.map((visit) => thief.ask('GET', `/api/visits/${visit}/objects`)));
}

/** Saves the evidence and checks it as somebody does who has the logs' keys and nothing else of the clinic. */
async function keepEvidence(system: RunningSystem, incident: string): Promise<void> {
  const place = mkdtempSync(join(tmpdir(), 'sotto-drill-'));
  try {
    const out = join(place, 'evidence');
    requireDone('evidence', await evidenceCommand(system, '--incident', incident, '--out', out));
    for (const checked of await checkEvidence(system, out)) requireDone('evidence', checked);
  } finally {
    rmSync(place, { recursive: true });
  }
}

/**
 * Plays a breach on a system of its own: an account tries at what isn't its own, is found, held up and disabled; evidence is kept,
 * compliance is told, and the incident is closed.
 *
 * @throws Error naming what wasn't reached
 */
export async function playDrill(system: RunningSystem, say: (line: string) => void): Promise<Reached[]> {
  const [admin, thief] = [await signedIn(system, system.admin), await signedIn(system, system.colleague)];
  const [officer] = system.officers;
  if (officer === undefined) throw new Error('The demo has no officer.');
  const mail = await signedIn(system, officer);
  const reached: Reached[] = [];
  const began = performance.now();
  const note = (what: string, step?: IncidentStep): void => {
    const seconds = (performance.now() - began) / 1000;
    reached.push({ what, seconds, withinMinutes: step === undefined ? null : stepMinutes[step] });
    say(`drill: ${what} after ${seconds.toFixed(1)} s`);
  };
  const look = async () => incidentsView.parse(await admin.ask('GET', '/api/incidents'));

  await breach(thief);
  const { id } = await until('an incident', async () => (await look()).incidents.find(isOf(system.colleague.name)));
  note('found, and an incident opened');
  await until('the account held up', async () =>
    (await look()).containments?.find(({ name }) => name === system.colleague.name),
  );
  note('openings held up at the keystore', 'isolated');
  await until('mail to officers', async () =>
    outbox.parse(await mail.ask('GET', '/api/outbox')).messages.find(({ text }) => text.includes('/incidents/')),
  );
  note('officers told by mail');
  await admin.ask('POST', `/api/incidents/${id}/disable`);
  await until('the session ended', async () =>
    thief.ask('GET', '/api/session').then(
      () => null,
      () => true,
    ),
  );
  note('account disabled by a person, its sessions ended');
  await keepEvidence(system, id);
  await admin.ask('PUT', `/api/incidents/${id}/steps/evidence`);
  note('evidence kept, signed for and verified', 'evidence');
  await admin.ask('PUT', `/api/incidents/${id}/steps/complianceTold`);
  note('compliance told', 'complianceTold');
  await admin.ask('PUT', `/api/incidents/${id}/steps/closed`);
  note('incident closed', 'closed');
  return reached;
}

const isOf =
  (name: string) =>
  ({ about }: Incident): boolean =>
    about?.name === name;
