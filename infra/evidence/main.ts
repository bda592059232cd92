import { join, resolve } from 'node:path';
import { UsageError } from '../errors.ts';
import { endWith } from '../process/endWith.ts';
import { readOptions, textOption } from '../start/arguments.ts';
import { requireRunning } from '../start/dataFolder.ts';
import { keepEvidence } from './bundle.ts';

const repository = join(import.meta.dirname, '../..');

const help = `Usage: npm run evidence -- --incident ID --out DIR [--data DIR]

Keeps what shows what happened, in a folder of its own, while npm start runs: both logs with their checkpoints, what was found,
settings, and hashes of the program; signed for by the key of the platform's log, and recorded there.

  --incident ID  as the page of incidents shows it
  --out DIR      folder to make
  --data DIR     data folder of that npm start (default .sotto)
  --help         print this
`;

async function main(argv: readonly string[], signal: AbortSignal): Promise<number> {
  const text = { type: 'string' } as const;
  const spec = { incident: text, out: text, data: text, help: { type: 'boolean' } } as const;
  const options = readOptions(argv, spec, 'npm run evidence');
  if (options.has('help')) {
    process.stdout.write(help);
    return 0;
  }
  const [incident, out, data] = [
    textOption(options, 'incident'),
    textOption(options, 'out'),
    textOption(options, 'data'),
  ];
  if (incident === undefined || out === undefined) {
    throw new UsageError('--incident and --out are needed; see npm run evidence -- --help.');
  }
  const from = process.env['INIT_CWD'] ?? process.cwd();
  const folder = data === undefined ? join(repository, '.sotto') : resolve(from, data);
  requireRunning(folder);
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const hash = await keepEvidence({ repository, data: folder, incident, out: resolve(from, out), signal, say });
  process.stdout.write(`${resolve(from, out)}\nSHA-256 of its manifest, recorded in the platform's log: ${hash}\n`);
  return 0;
}

await endWith(main);
