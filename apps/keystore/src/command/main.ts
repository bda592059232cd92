import { startSentence } from '@sotto/service/errors';
import { RecoveryError } from '../errors.ts';
import { ceremony } from './ceremony.ts';
import { createMasterKey, masterRewrap, masterRotate, patientRotate, recover, status } from './keys.ts';
import { officerEnrol, officers } from './officers.ts';
import { verifierKey } from './verifierKey.ts';

type Command = (args: string[], out: (line: string) => void) => Promise<void>;

/** What a person on the keystore's own host may do. The environment is the service's. */
const commands: Record<string, { readonly run: Command; readonly usage: string }> = {
  ceremony: { run: ceremony, usage: 'ceremony --out DIR: make the recovery key; five share files and its public half' },
  'create-master-key': { run: createMasterKey, usage: 'create-master-key: make version 1 of the master key' },
  status: { run: status, usage: 'status: what there is, and what is due' },
  'rotate-master': { run: masterRotate, usage: 'rotate-master: make the next master key, and wrap everything by it' },
  rewrap: { run: masterRewrap, usage: 'rewrap: go on with a rotation that was interrupted' },
  'rotate-patient': { run: patientRotate, usage: 'rotate-patient PSEUDONYM: a new key for new objects' },
  recover: { run: recover, usage: 'recover --share FILE (three times): wrap every key by the master key there is now' },
  'verifier-key': {
    run: verifierKey,
    usage: 'verifier-key --key FILE --name NAME [--witness]: what others verify the log or the witness by',
  },
  officers: { run: officers, usage: 'officers: whose passkeys wait to be enrolled, with their check codes' },
  'officer-enrol': { run: officerEnrol, usage: 'officer-enrol CODE: enrol one of the first two officers' },
};

const sentences: Record<RecoveryError['code'], string> = {
  format: 'One of the files holds no recovery share.',
  checksum: 'A digit of one of the shares is wrong: compare it with the original.',
  otherSet: 'One of the shares is of another ceremony.',
  tooFew: 'Three different shares are needed.',
  duplicate: 'The same share was given twice; three different ones are needed.',
  otherKey: 'The shares don’t give this installation’s recovery key.',
  authenticity: 'A stored key doesn’t open with the recovery key: the database was changed.',
};

const [name = '', ...args] = process.argv.slice(2);
const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
if (command === undefined) {
  process.stderr.write(
    `${Object.values(commands)
      .map(({ usage }) => usage)
      .join('\n')}\n`,
  );
  process.exit(2);
}
try {
  await command.run(args, (line) => void process.stdout.write(`${line}\n`));
} catch (fault) {
  process.stderr.write(`${fault instanceof RecoveryError ? sentences[fault.code] : startSentence(fault)}\n`);
  process.exit(1);
}
