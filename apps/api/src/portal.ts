import type { patientKeysQuery } from '@sotto/protocol/keystoreRoutes';
import type { ObjectPage, PortalView, pageQuery } from '@sotto/protocol/records';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import type * as z from 'zod';
import { asPatient, type Tokens } from './caller.ts';
import { endKeySession } from './patientSession.ts';
import { asking, type RecordsContext } from './relay.ts';
import type { Relayed } from './relayAnswer.ts';
import { withRestrictions } from './restrictions.ts';
import { listPageOf } from './sealedObjects.ts';
import { openPatientName } from './visitRecord.ts';

/**
 * The patient's own page: who they are, their keys, and what is restricted. Of a browser's sessions it is the visit's, and only
 * without one that of who signed in; a session whose key the keystore counts no longer ends here.
 */
export const readPortal = (
  context: RecordsContext,
  tokens: Tokens,
  { nonce }: z.infer<typeof patientKeysQuery>,
): Promise<Relayed<PortalView>> =>
  asPatient(context, tokens, async ({ subject, patient: { visit, byKey, nameSealed } }) => {
    const asked = await asking(context, 'readings', subject, () => context.keystore.patientKeys(subject, nonce));
    if (byKey !== null && asked.ok && asked.value.tag === 'answered') {
      const { keys } = asked.value.value;
      if (!keys.some(({ payload }) => payload.credential === byKey.credential)) {
        await endKeySession(context, byKey.session);
        return refused('unauthenticated');
      }
    }
    return withRestrictions(context, asked, subject, async (known, restrictions) => ({
      patient: { id: subject, name: await openPatientName(context, { patientId: subject, nameSealed }) },
      visit: visit && { id: visit.id, clinicianName: visit.clinicianName, status: visit.status },
      ...{ ...known, restrictions },
    }));
  });

/** What was written about the patient whose page it is, newest first. */
export const listOwnObjects = (
  context: RecordsContext,
  tokens: Tokens,
  { before }: z.infer<typeof pageQuery>,
): Promise<Result<ObjectPage>> =>
  asPatient(context, tokens, async ({ subject }) => accepted(await listPageOf(context, subject, before)));
