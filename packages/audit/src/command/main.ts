import { AuditFormatError, AuditUsageError } from '../errors.ts';
import { AuditStoreError } from '../postgres/errors.ts';
import type { CommandIo } from './io.ts';

const usage = `npx sotto audit verify   --database URLFILE | --export FILE   --log-key KEY [--witness-key KEY]… [--checkpoint FILE]… [--require-witness]
npx sotto audit export   --database URLFILE --origin NAME --out FILE [--format lines|fhir]
npx sotto audit prove    INDEX --database URLFILE | --export FILE   [--out FILE]
npx sotto audit prove    --check FILE --log-key KEY [--witness-key KEY]… [--require-witness]
npx sotto audit evidence DIR --key FILE --name NAME --about WORDS
npx sotto audit evidence DIR --check --log-key KEY
npx sotto audit witness  --name NAME --key FILE --state DIR --log-key KEY… [--listen HOST:PORT] [--new]
`;

type Command = (args: readonly string[], io: CommandIo) => Promise<0 | 1>;

/** Each is loaded only when it's asked for: checking a file takes no database driver. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  verify: async () => (await import('./verify.ts')).verify,
  export: async () => (await import('./export.ts')).exportLog,
  prove: async () => (await import('./prove.ts')).prove,
  evidence: async () => (await import('./evidence.ts')).evidence,
  witness: async () => (await import('./witness.ts')).runWitness,
};

/**
 * `npx sotto audit …`. Answers with one plain sentence and an exit code: 0 all is well, 1 something is wrong with
 * the log or a proof, 2 the command couldn't be carried out.
 */
export async function auditCommand(args: readonly string[], io: CommandIo): Promise<0 | 1 | 2> {
  const [name = '', ...rest] = args;
  if (name === '--help' || name === 'help') {
    io.out(usage);
    return 0;
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!load) {
    io.err(`There is no such command.\n${usage}`);
    return 2;
  }
  try {
    return await (await load())(rest, io);
  } catch (error) {
    io.err(`${describe(error)}\n`);
    return error instanceof AuditFormatError ? 1 : 2;
  }
}

function describe(error: unknown): string {
  if (error instanceof AuditUsageError) return `${error.message}\n${usage}`;
  if (error instanceof AuditFormatError) return `This isn't what it should be (${error.message}).`;
  if (error instanceof AuditStoreError) return `The log can't be used: ${error.message}.`;
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
  if (code.startsWith('ERR_PARSE_ARGS')) return `That isn't an option of this command.\n${usage}`;
  return `A file or the database can't be reached (${code}).`;
}
