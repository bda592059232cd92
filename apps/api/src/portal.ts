import type { PortalView } from '@sotto/protocol/records';
import { refused } from '@sotto/protocol/result';
import { asCaller, type Tokens } from './caller.ts';
import { asking, type RecordsContext } from './relay.ts';
import { mapAnswer, type Relayed } from './relayAnswer.ts';
import { listObjectsOf } from './sealedObjects.ts';
import { openPatientName } from './visitRecord.ts';

/** The patient's own page: what was written about them, and their keys. Of a browser's two sessions it is the visit's. */
export const readPortal = (context: RecordsContext, { visit: token }: Tokens): Promise<Relayed<PortalView>> =>
  asCaller(context, { staff: undefined, visit: token }, async (caller) => {
    if (caller.kind !== 'patient') return refused('forbidden');
    const asked = await asking(context, 'readings', caller.subject, () =>
      context.keystore.patientKeys(caller.patient.visit.patientId),
    );
    if (!asked.ok) return asked;
    return mapAnswer(asked.value, async ({ keys }) => {
      const { patientId, id, clinicianName, status } = caller.patient.visit;
      return {
        patient: { id: patientId, name: await openPatientName(context, caller.patient.visit) },
        visit: { id, clinicianName, status },
        objects: await listObjectsOf(context, patientId),
        keys,
      };
    });
  });
