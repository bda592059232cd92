import { staffId } from '@sotto/protocol/ids';
import { parseJson, readPublic } from '@sotto/service/environment';
import { StartError } from '@sotto/service/errors';
import { actCall } from '../directory/act.ts';
import { issueNonce } from '../nonces.ts';
import { withKeystore } from './openedKeystore.ts';

/** A nonce for the act that a first officer's new passkey signs (SPEC.md section 6). */
export async function officerNonce([text = '']: string[], out: (line: string) => void): Promise<void> {
  const subject = staffId.safeParse(text);
  if (!subject.success) throw new StartError('The officer’s subject id is needed.');
  await withKeystore(async ({ context }) => {
    out(JSON.stringify(await issueNonce(context.database, subject.data, context.now())));
  });
}

/** Enrols one of the first two officers. */
export async function officerEnrol([file = '']: string[], out: (line: string) => void): Promise<void> {
  const call = parseJson(readPublic(file, 'FILE'), actCall, 'FILE');
  await withKeystore(async ({ acts }) => {
    const outcome = await acts.performOnHost(call);
    if (outcome.tag === 'refused') throw new StartError(`The officer was not enrolled: ${outcome.code}.`);
    out(JSON.stringify(outcome.statement));
  });
}
