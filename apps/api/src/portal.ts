import type { patientKeysQuery } from '@sotto/protocol/keystoreRoutes';
import type { ObjectPage, PortalView, pageQuery } from '@sotto/protocol/records';
import { accepted, type Result, refused } from '@sotto/protocol/result';
import type * as z from 'zod';
import { asCaller, type Tokens } from './caller.ts';
import { asking, type RecordsContext } from './relay.ts';
import type { Relayed } from './relayAnswer.ts';
import { withRestrictions } from './restrictions.ts';
import { listPageOf } from './sealedObjects.ts';
import { openPatientName } from './visitRecord.ts';

/** The patient's own page: who they are, their keys, and what is restricted. Of a browser's two sessions it is the visit's. */
export const readPortal = (
  context: RecordsContext,
  { visit: token }: Tokens,
  { nonce }: z.infer<typeof patientKeysQuery>,
): Promise<Relayed<PortalView>> =>
  asCaller(context, { staff: undefined, visit: token }, async (caller) => {
    if (caller.kind !== 'patient') return refused('forbidden');
    const asked = await asking(context, 'readings', caller.subject, () =>
      context.keystore.patientKeys(caller.patient.visit.patientId, nonce),
    );
    const { patientId, id, clinicianName, status } = caller.patient.visit;
    return withRestrictions(context, asked, patientId, async (known, restrictions) => ({
      patient: { id: patientId, name: await openPatientName(context, caller.patient.visit) },
      visit: { id, clinicianName, status },
      ...{ ...known, restrictions },
    }));
  });

/** What was written about the patient of the visit's session, newest first. */
export const listOwnObjects = (
  context: RecordsContext,
  { visit: token }: Tokens,
  { before }: z.infer<typeof pageQuery>,
): Promise<Result<ObjectPage>> =>
  asCaller(context, { staff: undefined, visit: token }, async (caller) =>
    caller.kind === 'patient' ? accepted(await listPageOf(context, caller.subject, before)) : refused('forbidden'),
  );
