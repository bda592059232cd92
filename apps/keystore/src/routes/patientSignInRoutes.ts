import { nonceGrant } from '@sotto/protocol/keystoreRoutes';
import { patientSignInAnswer, patientSignInCall } from '@sotto/protocol/patientSignIn';
import type { Listener } from '@sotto/service/listener';
import { signInPatient } from '../directory/patientSignIn.ts';
import { issueNonce } from '../nonces.ts';
import { refusals, refuse } from './answer.ts';
import type { RouteParts } from './routeParts.ts';

/** Patients who come to their own page by a key of theirs. */
export function addPatientSignInRoutes(listener: Listener, { keystore, party, limits }: RouteParts): void {
  const { context } = keystore;

  listener.post(
    '/v1/patient-sign-ins/nonces',
    { schema: { response: { 201: nonceGrant, ...refusals } } },
    async (_request, reply) => {
      if (!(await limits.signInNonces.take(context.clinic))) return refuse(reply, 'rateLimited');
      return reply.code(201).send(await issueNonce(context.database, context.clinic, context.now()));
    },
  );

  listener.post(
    '/v1/patient-sign-ins',
    { schema: { body: patientSignInCall, response: { 200: patientSignInAnswer, ...refusals } } },
    async (request, reply) => {
      if (!(await limits.signIns.take(request.body.assertion.credential))) return refuse(reply, 'rateLimited');
      const outcome = await signInPatient(context, party, request.body);
      return outcome.tag === 'refused' ? refuse(reply, outcome.code) : reply.send(outcome.answer);
    },
  );
}
