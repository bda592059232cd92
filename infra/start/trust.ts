import { join, resolve } from 'node:path';
import { faultSentence, UsageError } from '../errors.ts';
import { readAuthority } from '../trust/authorityFile.ts';
import { allStores } from '../trust/stores.ts';
import { readOptions, textOption } from './arguments.ts';

const repository = join(import.meta.dirname, '../..');

const help = `Usage: npm run trust -- [options]

Makes this machine's browsers trust the authority that npm start has made.

  --remove      take it out again
  --data DIR    data folder of the npm start that made it (default .sotto)
  --help        print this
`;

async function main(argv: readonly string[]): Promise<number> {
  const spec = { remove: { type: 'boolean' }, data: { type: 'string' }, help: { type: 'boolean' } } as const;
  const options = readOptions(argv, spec, 'npm run trust');
  if (options.has('help')) {
    process.stdout.write(help);
    return 0;
  }
  const data = textOption(options, 'data');
  const from = process.env['INIT_CWD'] ?? process.cwd();
  const folder = data === undefined ? join(repository, '.sotto') : resolve(from, data);
  const authority = readAuthority(join(folder, 'certificates/ca.pem'));
  const isRemoval = options.has('remove');
  let skipped = 0;
  for (const store of allStores()) {
    const change = isRemoval ? await store.remove(authority) : await store.add(authority);
    switch (change.tag) {
      case 'done':
        console.log(`${store.name}: ${isRemoval ? 'taken out' : 'added'}`);
        break;
      case 'already':
        console.log(`${store.name}: ${isRemoval ? 'was not there' : 'was there already'}`);
        break;
      case 'skipped':
        skipped += 1;
        console.log(`${store.name}: ${change.sentence}`);
        break;
    }
  }
  console.log('Browsers that are open notice after a restart.');
  return skipped === 0 ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (fault) {
  process.stderr.write(`${faultSentence(fault)}\n`);
  process.exitCode = fault instanceof UsageError ? 2 : 1;
}
