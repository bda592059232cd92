import type { PatientId } from '@sotto/protocol/ids';
import type { RestrictedStatement } from '@sotto/protocol/keystore';
import { accepted } from '@sotto/protocol/result';
import type { KeystoreClient, KeystoreOutcome } from './keystoreClient.ts';
import type { Relayed } from './relayAnswer.ts';

/** What of a patient's nobody opens at present, read to its end. */
async function restrictionsOf(
  { keystore }: { readonly keystore: Pick<KeystoreClient, 'restrictions'> },
  pseudonym: PatientId,
): Promise<KeystoreOutcome<readonly RestrictedStatement[]>> {
  const all: RestrictedStatement[] = [];
  let before: string | undefined;
  do {
    const page = await keystore.restrictions({ pseudonym, before });
    if (page.tag !== 'answered') return page;
    all.push(...page.value.restrictions);
    before = page.value.next ?? undefined;
  } while (before !== undefined);
  return { tag: 'answered', value: all };
}

/** A view of a patient's that says what is restricted: none where that can't be read. */
export async function withRestrictions<T, U>(
  context: Parameters<typeof restrictionsOf>[0],
  known: Relayed<T>,
  pseudonym: PatientId,
  view: (known: T, restrictions: RestrictedStatement[]) => U | Promise<U>,
): Promise<Relayed<U>> {
  if (!known.ok) return known;
  const outcome = known.value;
  if (outcome.tag !== 'answered') return accepted(outcome);
  const restricted = await restrictionsOf(context, pseudonym);
  if (restricted.tag !== 'answered') return accepted(restricted);
  return accepted({ tag: 'answered', value: await view(outcome.value, [...restricted.value]) });
}
