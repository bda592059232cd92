import { nonceGrant } from '@sotto/protocol/keystoreRoutes';
import { patientSession, patientSessions, patientSignIn } from '@sotto/protocol/patientSignIn';
import { accepted } from '@sotto/protocol/result';
import { activityReport, sessionPath } from '@sotto/protocol/signIn';
import { addressKey } from '@sotto/service/addressKey';
import type { Listener } from '@sotto/service/listener';
import { patientKinds } from '../access/caller.ts';
import { ownPatient } from '../access/resource.ts';
import { answer, noContent, refusals } from '../answer.ts';
import { stateHash } from '../audit/act.ts';
import { recordedAct, recorderOf } from '../audit/recordedAct.ts';
import { readTokens } from '../caller.ts';
import { clearCookie, readCookie, setCookie } from '../cookies.ts';
import { endPatientSession, listPatientSessions, readPatientSession } from '../ownPatientSessions.ts';
import {
  beginPatientSession,
  endKeySession,
  findKeyHolder,
  leavePortal,
  notePatientActivity,
} from '../patientSession.ts';
import { beginPatientSignIn, checkPatientKey, stillCounts } from '../patientSignIn.ts';
import type { RecordsContext } from '../relay.ts';
import { viewerOf } from '../viewer.ts';

/** Patients sign in to their own page by a key of theirs, see where they are signed in, and go. */
export function addPatientSessionRoutes(api: Listener, context: RecordsContext): void {
  api.route({
    method: 'POST',
    url: '/portal/session/options',
    config: {
      access: {
        public: 'Who signs in has no session yet; what it gives is good for one try.',
        open: { silent: 'Nobody is known yet: what is done with it is recorded.' },
      },
    },
    schema: { response: { 201: nonceGrant, ...refusals } },
    handler: async (request, reply) => answer(reply, await beginPatientSignIn(context, addressKey(request.ip)), 201),
  });

  api.route({
    method: 'POST',
    url: '/portal/session',
    config: {
      access: {
        public: 'The keystore says whose key signed; attempts are counted.',
        open: { entry: 'patient:signIn', recorded: 'act', by: 'handler' },
      },
    },
    schema: { body: patientSignIn, response: { 200: patientSession, ...refusals } },
    handler: async (request, reply) => {
      const viewer = viewerOf(request);
      const checked = await checkPatientKey(context, request.body, { address: addressKey(request.ip), viewer });
      if (!checked.ok) return answer(reply, checked);
      const { pseudonym } = checked.value;
      const recorder = recorderOf(request);
      recorder.by({ actor: pseudonym, role: 'patient', session: null });
      recorder.about({ resource: `patient:${pseudonym}`, patient: pseudonym });
      const begun = await recordedAct(
        request,
        context,
        (inOne) => beginPatientSession(inOne, checked.value, { viewer, former: readCookie(request, 'patient') }),
        ({ id }) => ({ after: stateHash({ session: id }) }),
      );
      if (!begun.ok) return answer(reply, begun);
      const still = await stillCounts(context, checked.value);
      if (!still.ok) {
        await endKeySession(context, begun.value.id);
        return answer(reply, still);
      }
      setCookie(reply, 'patient', begun.value.token, begun.value.seconds);
      return answer(reply, accepted(begun.value.session));
    },
  });

  api.route({
    method: 'GET',
    url: '/portal/session',
    config: {
      access: {
        ...{ action: 'portal:read', resource: ownPatient, sessions: patientKinds },
        recorded: { elsewhere: 'Tells a session of itself.' },
      },
    },
    schema: { response: { 200: patientSession, ...refusals } },
    handler: async (request, reply) => answer(reply, await readPatientSession(context, readTokens(request))),
  });

  api.route({
    method: 'POST',
    url: '/portal/session/activity',
    config: {
      access: {
        public: 'Is about the session whose cookie comes with it, and opens nothing.',
        open: { silent: 'Says that somebody is there still, once a minute.' },
      },
    },
    schema: { body: activityReport, response: { 200: patientSession, ...refusals } },
    handler: async (request, reply) =>
      answer(reply, await notePatientActivity(context, readCookie(request, 'patient'), request.body.idleSeconds)),
  });

  api.route({
    method: 'DELETE',
    url: '/portal/session',
    config: {
      access: {
        public: 'Ends the session whose cookie comes with it, and nothing else.',
        open: { entry: 'patient:signOut', recorded: { elsewhere: 'Where no session ends.' }, by: 'handler' },
      },
    },
    schema: { response: { 204: noContent, ...refusals } },
    handler: async (request, reply) => {
      const token = readCookie(request, 'patient');
      const holder = await findKeyHolder(context, token);
      if (holder === undefined) return answer(clearCookie(reply, 'patient'), accepted(undefined));
      const { patientId: patient, session } = holder;
      const recorder = recorderOf(request);
      recorder.by({ actor: patient, role: 'patient', session });
      recorder.about({ resource: `patient:${patient}`, patient });
      // However much they did before, they may go.
      const result = await recorder.inOne((database) => leavePortal({ ...context, database }, token));
      return answer(clearCookie(reply, 'patient'), result);
    },
  });

  api.route({
    method: 'GET',
    url: '/portal/sessions',
    config: {
      access: { action: 'portal:sessions', resource: ownPatient, sessions: patientKinds, recorded: 'again' },
    },
    schema: { response: { 200: patientSessions, ...refusals } },
    handler: async (request, reply) => answer(reply, await listPatientSessions(context, readTokens(request))),
  });

  api.route({
    method: 'DELETE',
    url: '/portal/sessions/:sessionId',
    config: {
      access: {
        ...{ action: 'portal:sessions', resource: ownPatient, sessions: patientKinds },
        entry: 'portal:sessions:end',
      },
    },
    schema: { params: sessionPath, response: { 204: noContent, ...refusals } },
    handler: async (request, reply) =>
      answer(
        reply,
        await recordedAct(
          request,
          context,
          (inOne) => endPatientSession(inOne, readTokens(request), request.params.sessionId),
          () => ({ before: stateHash({ session: request.params.sessionId }) }),
        ),
      ),
  });
}
