import { findPatientsRequest, foundPatients } from '@sotto/protocol/clinic';
import { accepted } from '@sotto/protocol/result';
import type { Listener } from '@sotto/service/listener';
import { clinic } from '../access/resource.ts';
import { answer, refusals } from '../answer.ts';
import { recorderOf } from '../audit/recordedAct.ts';
import { readStaffPass } from '../caller.ts';
import type { ClinicContext } from '../clinicContext.ts';
import { findPatients } from '../returningPatients.ts';
import { asPhysician } from '../staffSession.ts';

/** Whether somebody was here before. What is typed goes in the body: no address has a name. */
export function addPatientRoutes(api: Listener, context: ClinicContext, timeZone: string): void {
  api.route({
    method: 'POST',
    url: '/patients/find',
    config: {
      access: {
        ...{ action: 'patient:find', resource: clinic, sessions: ['staff'], limit: 'lookups', recorded: 'answer' },
      },
    },
    schema: { body: findPatientsRequest, response: { 200: foundPatients, ...refusals } },
    handler: async (request, reply) =>
      answer(
        reply,
        await asPhysician(context, readStaffPass(request), async (staff) => {
          const found = await findPatients(context, staff.id, request.body, timeZone);
          const recorder = recorderOf(request);
          for (const { id } of found.patients) {
            recorder.about({ resource: `patient:${id}`, patient: id });
            await recorder.record();
          }
          return accepted(found);
        }),
      ),
  });
}
