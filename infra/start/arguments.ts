import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { UsageError } from '../errors.ts';

export interface StartOptions {
  /** One line of JSON on stdout when ready, everything else on stderr. */
  json: boolean;
  /** Absolute path of the folder that holds keys, database and logs. */
  data: string;
  /** First port; the others follow it (see `ports.ts`). */
  port: number;
  /** The name or address by which other machines reach this one; undefined: this machine only. */
  host: string | undefined;
}

const defaultPort = 8443;
/** Ports up to this far above the first one may be used: 10 and one for each worker. */
export const portSpan = 74;

export const startHelp = `Usage: npm start -- [options]

  --host NAME   serve other machines, under this name or address of this machine
  --port N      first port to use (default ${defaultPort})
  --data DIR    folder for keys, database and logs (default .sotto)
  --json        print one line of JSON when ready, everything else on stderr
  --help        print this
`;

/** DNS name as RFC 1123 section 2.1 has it. */
const hostName = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port + portSpan > 65_535) {
    throw new UsageError(`--port must be a number from 1 to ${65_535 - portSpan}, such as ${defaultPort}.`);
  }
  return port;
}

function hostOf(text: string): string {
  if (isIP(text) !== 0) return text;
  // What looks like an address must be one: 300.1.2.3 is no name either.
  if (hostName.test(text) && !/^[\d.]+$/.test(text)) return text.toLowerCase();
  throw new UsageError('--host must be a name such as clinic.local or an address such as 192.168.1.20.');
}

type OptionSpec = Readonly<Record<string, { type: 'string' | 'boolean' }>>;

/**
 * Reads `--name value`, `--name=value` and flags, each at most once, and nothing else.
 *
 * @param command how the command is called, for the hint in errors
 * @throws UsageError in one line
 */
export function readOptions(
  argv: readonly string[],
  spec: OptionSpec,
  command: string,
): ReadonlyMap<string, string | true> {
  const found = new Map<string, string | true>();
  const hint = `see ${command} -- --help.`;
  const { tokens } = parseArgs({ args: [...argv], options: spec, strict: false, tokens: true, allowPositionals: true });
  for (const token of tokens) {
    if (token.kind !== 'option') throw new UsageError(`Unexpected argument; ${hint}`);
    const known = Object.hasOwn(spec, token.name) ? spec[token.name] : undefined;
    if (!known) throw new UsageError(`Unknown option ${token.rawName}; ${hint}`);
    if (found.has(token.name)) throw new UsageError(`${token.rawName} is given twice; ${hint}`);
    if (known.type === 'boolean') {
      if (token.value !== undefined) throw new UsageError(`${token.rawName} takes no value; ${hint}`);
      found.set(token.name, true);
    } else {
      // Without `=`, what follows might be the next option: then a value was forgotten.
      if (!token.value || (!token.inlineValue && token.value.startsWith('-'))) {
        throw new UsageError(`${token.rawName} needs a value; ${hint}`);
      }
      found.set(token.name, token.value);
    }
  }
  return found;
}

/** Text of an option that takes a value. */
export function textOption(options: ReadonlyMap<string, string | true>, name: string): string | undefined {
  const value = options.get(name);
  return value === true ? undefined : value;
}

/**
 * @param argv what follows `npm start --`
 * @param repository where the default data folder lies
 * @param from what a relative `--data` counts from
 * @throws UsageError in one line
 */
export function parseStartArguments(
  argv: readonly string[],
  { repository, from }: { repository: string; from: string },
): { tag: 'help' } | { tag: 'run'; options: StartOptions } {
  const options = readOptions(
    argv,
    {
      json: { type: 'boolean' },
      help: { type: 'boolean' },
      data: { type: 'string' },
      port: { type: 'string' },
      host: { type: 'string' },
    },
    'npm start',
  );
  if (options.has('help')) return { tag: 'help' };
  const [data, port, host] = [textOption(options, 'data'), textOption(options, 'port'), textOption(options, 'host')];
  return {
    tag: 'run',
    options: {
      json: options.has('json'),
      data: data === undefined ? resolve(repository, '.sotto') : resolve(from, data),
      port: port === undefined ? defaultPort : portOf(port),
      host: host === undefined ? undefined : hostOf(host),
    },
  };
}
