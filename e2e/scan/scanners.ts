import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import type { Finding } from './finding.ts';

/** One server to look at. */
export interface Target {
  readonly name: string;
  readonly url: URL;
  /** Path of the PEM file of its authority. */
  readonly ca: string;
  /** Addresses to begin at, and the headers of somebody who may see them. */
  readonly pages: readonly URL[];
  readonly headers: Readonly<Record<string, string>>;
}

/** A program of Debian's that looks for weaknesses from outside. */
export interface Scanner {
  readonly name: string;
  /** Names that it may have on the path. */
  readonly programs: readonly string[];
  readonly looksAt: (target: Target) => boolean;
  /** @throws if it didn't get to its end */
  readonly scan: (program: string, target: Target) => Promise<Finding[]>;
}

const minute = 60_000;

/** Runs it to its end, whatever it ends with. @returns what it wrote */
async function outputOf(program: string, args: readonly string[], cwd: string): Promise<string> {
  const options = { cwd, timeout: 20 * minute, maxBuffer: 2 ** 26, encoding: 'utf8' } as const;
  try {
    return (await promisify(execFile)(program, args, options)).stdout;
  } catch (fault) {
    const { code, stdout } = fault as { code: unknown; stdout: string };
    // testssl.sh ends with the number of what it found.
    if (typeof code !== 'number') throw fault;
    return stdout;
  }
}

async function inFolder<T>(act: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-scan-'));
  try {
    return await act(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const leastBits = 128;

/** @throws if no protocol was tried */
export function readSslscan(text: string, of: string): Finding[] {
  const found = (id: string, words: string): Finding => ({ scanner: 'sslscan', of, id, severity: 'HIGH', words });
  const protocols = [...text.matchAll(/^(SSLv\d|TLSv1\.\d)\s+(enabled|disabled)/gmu)];
  const ciphers = [...text.matchAll(/^(?:Preferred|Accepted)\s+\S+\s+(\d+) bits\s+(\S+)/gmu)];
  if (protocols.length === 0 || ciphers.length === 0) throw new Error('sslscan told of no protocol');
  return [
    ...protocols
      .filter(([, name, state]) => state === 'enabled' && name !== 'TLSv1.3')
      .map(([, name = '']) => found('protocol', `${name} is enabled`)),
    ...ciphers
      .filter(([, bits]) => Number(bits) < leastBits)
      .map(([, , name = '']) => found('cipher', `${name} is accepted`)),
    ...[...text.matchAll(/^\S+ vulnerable to heartbleed/gmu)].map(([words]) => found('heartbleed', words)),
  ];
}

const testsslReport = z.array(
  z.looseObject({ id: z.string(), severity: z.string(), finding: z.string(), port: z.string().optional() }),
);
const harmless = new Set(['OK', 'INFO', 'DEBUG']);

/** @param text its flat JSON report */
export function readTestssl(text: string, of: string): Finding[] {
  return testsslReport
    .parse(JSON.parse(text))
    .filter(({ severity }) => !harmless.has(severity))
    .map(({ id, severity, finding: words }) => ({ scanner: 'testssl.sh', of, id, severity, words }));
}

const wapitiReport = z.looseObject({
  vulnerabilities: z.record(z.string(), z.array(z.looseObject({ info: z.string(), path: z.string(), level: z.int() }))),
  anomalies: z.record(z.string(), z.array(z.looseObject({ info: z.string(), path: z.string(), level: z.int() }))),
});

/** @param text its JSON report */
export function readWapiti(text: string, of: string): Finding[] {
  const { vulnerabilities, anomalies } = wapitiReport.parse(JSON.parse(text));
  const all = [...Object.values(vulnerabilities), ...Object.values(anomalies)].flat();
  const findings = all.map(({ info, level }) => ({ id: info, severity: `level ${level}` }));
  return [...new Map(findings.map((one) => [one.id, one])).values()].map(({ id, severity }) => {
    const paths = new Set(all.filter(({ info }) => info === id).map(({ path }) => path));
    const words = `${paths.size} addresses, such as ${[...paths][0] ?? ''}`;
    return { scanner: 'wapiti', of, id, severity, words };
  });
}

/** Without `ssrf`, which has the server ask a stranger's. */
const wapitiModules =
  'backup,blindsql,cookieflags,crlf,csp,exec,file,http_headers,methods,permanentxss,redirect,sql,xss,xxe';

export const scanners: readonly Scanner[] = [
  {
    name: 'sslscan',
    programs: ['sslscan'],
    looksAt: () => true,
    scan: async (program, { name, url }) =>
      readSslscan(await outputOf(program, ['--no-colour', url.host], tmpdir()), name),
  },
  {
    name: 'testssl.sh',
    programs: ['testssl', 'testssl.sh'],
    looksAt: () => true,
    scan: (program, { name, url, ca }) =>
      inFolder(async (folder) => {
        const report = join(folder, 'report.json');
        const options = ['--quiet', '--color', '0', '--warnings', 'off', '--jsonfile', report, '--add-ca', ca];
        await outputOf(program, [...options, url.href], folder);
        return readTestssl(readFileSync(report, 'utf8'), name);
      }),
  },
  {
    name: 'wapiti',
    programs: ['wapiti'],
    looksAt: ({ pages }) => pages.length > 0,
    scan: (program, { name, url, pages, headers }) =>
      inFolder(async (folder) => {
        const report = join(folder, 'report.json');
        const options = ['--verify-ssl', '0', '--flush-session', '--store-session', folder, '--no-bugreport'];
        const limits = ['--max-scan-time', '900', '--max-attack-time', '120', '-m', wapitiModules, '-v', '0'];
        const starts = pages.flatMap(({ href }) => ['-s', href]);
        const sent = Object.entries(headers).flatMap(([key, value]) => ['-H', `${key}: ${value}`]);
        const written = ['-f', 'json', '-o', report];
        await outputOf(program, ['-u', url.href, ...starts, ...sent, ...options, ...limits, ...written], folder);
        return readWapiti(readFileSync(report, 'utf8'), name);
      }),
  },
];
