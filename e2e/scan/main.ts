import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { marked } from '../marker.ts';
import { ClinicClient } from '../system/clinicClient.ts';
import { type RunningSystem, startSystem } from '../system/runningSystem.ts';
import { type Finding, reasonOf } from './finding.ts';
import { type Scanner, scanners, type Target } from './scanners.ts';

/**
 * Starts a system with a physician signed in and lets those of the scanners look at it that are installed.
 *
 * Ends with status 1 if something was found that nothing explains.
 */
const say = (line: string): void => void process.stderr.write(`${line}\n`);

function onPath({ programs }: Scanner): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  for (const path of folders.flatMap((folder) => programs.map((program) => join(folder, program)))) {
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in that folder.
    }
  }
  return null;
}

/** Pages that link to nothing by themselves, and routes that take something in their address. */
async function targetsOf(system: RunningSystem): Promise<Target[]> {
  const { web, signaling, ca } = system;
  const clinic = new ClinicClient(system);
  await clinic.signIn();
  const { visitId, link } = await clinic.createVisit(marked('Someone Scanned'));
  const now = new Date().toISOString();
  const paths = [
    ...['/en/', '/en/sign-in/', '/en/today/', '/en/record/', '/en/portal/', '/es/', '/join/'],
    ...[`/api/visits?from=${now}&to=${now}`, `/api/visits/${visitId}`, `/api/visits/${visitId}/guests`],
    ...['/api/keystore/entries?about=own&nonce=AAECAwQFBgcICQoLDA0ODw', '/api/keystore/directory', '/api/config'],
    ...['/api/health', '/api/openapi.json', '/api/session'],
    new URL(link).pathname,
  ];
  const pages = paths.map((path) => new URL(path, web));
  const headers = { cookie: clinic.cookie, origin: web.origin };
  return [
    { name: 'web', url: web, ca, pages, headers },
    { name: 'signaling', url: signaling, ca, pages: [], headers: {} },
  ];
}

function print(findings: readonly Finding[]): void {
  for (const finding of findings) {
    const { scanner, of, severity, id, words } = finding;
    const reason = reasonOf(finding);
    const sentence = reason === null ? 'NOT EXPLAINED' : `explained: ${reason}`;
    process.stdout.write(`${scanner}, ${of}: ${severity} ${id}: ${words}\n  ${sentence}\n`);
  }
}

await using system = await startSystem();
const targets = await targetsOf(system);
const findings: Finding[] = [];
let scans = 0;
for (const scanner of scanners) {
  const program = onPath(scanner);
  if (program === null) {
    process.stdout.write(`${scanner.name} is not installed and looked at nothing: apt-get install ${scanner.name}\n`);
    continue;
  }
  for (const target of targets.filter(scanner.looksAt)) {
    say(`${scanner.name}: ${target.name} …`);
    const since = performance.now();
    findings.push(...(await scanner.scan(program, target)));
    scans += 1;
    say(`${scanner.name}: ${target.name} done in ${((performance.now() - since) / 1000).toFixed(0)} s`);
  }
}
print(findings);
const unexplained = findings.filter((finding) => reasonOf(finding) === null);
process.stdout.write(
  `${scans} scans: ${findings.length} above information, ${unexplained.length} of which nothing explains\n`,
);
process.exitCode = scans === 0 || unexplained.length > 0 ? 1 : 0;
