import { parseArgs } from 'node:util';
import { notDone } from '../errors.ts';

/** Options of the vault's commands: those that take a value, and those that are there or not. */
const options = {
  signer: { type: 'string' },
  key: { type: 'string' },
  object: { type: 'string' },
  hash: { type: 'string' },
  out: { type: 'string' },
  registry: { type: 'string' },
  keystore: { type: 'string' },
  release: { type: 'string' },
  head: { type: 'boolean' },
  salvage: { type: 'boolean' },
  cut: { type: 'boolean' },
} as const;
type Option = keyof typeof options;

/** A command line that was understood. */
export interface VaultArguments {
  /** A file, a folder, or `-`. */
  readonly path: string;
  readonly signer?: string;
  readonly key?: string;
  readonly object?: string;
  readonly hash?: string;
  readonly out?: string;
  readonly registry?: string;
  readonly keystore?: string;
  readonly release?: string;
  readonly head?: boolean;
  readonly salvage?: boolean;
  readonly cut?: boolean;
}

/**
 * Parses one path and the options that a command knows.
 *
 * @throws CommandError with what is wrong
 */
export const parseVaultArguments = (args: readonly string[], known: readonly Option[]): VaultArguments => {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
    const [path, ...more] = positionals;
    if (path === undefined || more.length > 0) throw notDone('Name one file, one folder, or - for a pipe.');
    for (const name of Object.keys(values)) {
      if (!known.some((option) => option === name)) throw notDone(`This command has no --${name}.`);
    }
    return { path, ...values };
  } catch (error) {
    if (error instanceof TypeError) throw notDone(error.message);
    throw error;
  }
};

/** The value of an option that the command can't do without. */
export const needed = (value: string | undefined, sentence: string): string => {
  if (value === undefined) throw notDone(sentence);
  return value;
};
