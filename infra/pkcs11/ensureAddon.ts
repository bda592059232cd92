import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { StartError } from '../errors.ts';
import { runCommand } from '../process/command.ts';

const repository = join(import.meta.dirname, '../..');
/** The keystore's dependency, not ours. */
const packageName = 'pkcs11js';
const sources = ['dl.cpp', 'common.cpp', 'main.cpp'];
/** The N-API of the Node that the lockfile brings; what is built against it loads in later ones too. */
const headers = [`node-${process.platform}-${process.arch}`, 'node'];

/**
 * What pkcs11js's install script would do, without node-gyp's download of headers: packages are installed with
 * `--ignore-scripts`, and those of Node come with Node's own package. Takes about 5 seconds, once.
 *
 * @returns the addon's path
 * @throws StartError if it can't be built; it says what is missing
 */
export async function ensurePkcs11Addon(): Promise<string> {
  const require = createRequire(join(repository, 'apps/keystore/package.json'));
  const folder = dirname(require.resolve(`${packageName}/package.json`));
  const addon = join(folder, 'build/Release/pkcs11.node');
  if (existsSync(addon)) return addon;
  const temporary = `${addon}.${process.pid}.tmp`;
  mkdirSync(dirname(addon), { recursive: true });
  try {
    const result = await runCommand(
      'g++',
      [
        ...['-O2', '-shared', '-fPIC', '-std=c++17', '-DNAPI_DISABLE_CPP_EXCEPTIONS'],
        ...['-I', nodeHeaders(), '-I', join(folder, 'includes')],
        ...sources.map((name) => join(folder, 'src', name)),
        ...['-ldl', '-o', temporary],
      ],
      { env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' }, timeoutMs: 180_000 },
    );
    if (result.tag !== 'ended' || result.code !== 0) {
      throw new StartError(
        'The PKCS #11 addon could not be built: install g++ (Debian: apt-get install g++), try again.',
      );
    }
    renameSync(temporary, addon);
  } finally {
    rmSync(temporary, { force: true });
  }
  return addon;
}

function nodeHeaders(): string {
  const places = [
    ...headers.map((name) => join(repository, 'node_modules', name, 'include/node')),
    join(dirname(process.execPath), '../include/node'),
  ];
  const found = places.find((place) => existsSync(join(place, 'node_api.h')));
  if (found === undefined) throw new StartError('Node’s headers are missing: run npm ci, then try again.');
  return found;
}
