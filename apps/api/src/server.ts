import cookie from '@fastify/cookie';
import { AuditStoreError } from '@sotto/audit/postgres';
import type { Policy } from '@sotto/policy';
import { base64url } from '@sotto/protocol/bytes';
import type { ErrorCode } from '@sotto/protocol/errors';
import { addressKey } from '@sotto/service/addressKey';
import { createListener, type Listener } from '@sotto/service/listener';
import type { TlsIdentity } from '@sotto/service/tls';
import { tlsServerOptions } from '@sotto/service/tls';
import { authorise, createAuthoriser } from './access/authorise.ts';
import { createPhiGate } from './access/phiGate.ts';
import { PhiRoutes } from './access/phiRoutes.ts';
import { requireDeclaration, requireDeclaredAnswer } from './access/requireDeclaration.ts';
import type { AlertChannels } from './alerts/alertChannels.ts';
import { correlationHeader, refuse } from './answer.ts';

import type { PlatformLog } from './audit/platformLog.ts';
import { RecentReadings } from './audit/recentReadings.ts';
import { recordAnswer } from './audit/recordAnswer.ts';

import { FieldKeyLost, FieldKeysUnavailable, PatientErased } from './errors.ts';

import type { ApiLog } from './events.ts';
import type { ExportedClient } from './exportedClient.ts';
import type { OidcProvider } from './oidcProvider.ts';
import { newId } from './opaqueToken.ts';
import { describeRoutes } from './openApi.ts';
import type { RecordingKeeper } from './recordingKeeper.ts';
import type { RecordsContext } from './relay.ts';
import { guardRequest } from './requestGuard.ts';
import { responseHeaders } from './responseHeaders.ts';
import { addClientRoutes } from './routes/client.ts';
import { addConfigRoutes, type PublicFacts } from './routes/config.ts';
import { addGuestRoutes } from './routes/guests.ts';
import { addIncidentRoutes } from './routes/incidents.ts';
import { addIntentRoute } from './routes/intents.ts';
import { addInvitedStaffRoutes } from './routes/invitedStaff.ts';
import { addJoinRoutes } from './routes/join.ts';
import { addKeystoreRoutes } from './routes/keystore.ts';
import { addObjectRoutes } from './routes/objects.ts';
import { addOidcRoutes } from './routes/oidc.ts';
import { addOpenApiRoute } from './routes/openApi.ts';
import { addOwnSessionRoutes } from './routes/ownSessions.ts';
import { addPatientNoticeRoutes } from './routes/patientNotices.ts';
import { addPatientSessionRoutes } from './routes/patientSession.ts';
import { addPatientRoutes } from './routes/patients.ts';
import { addPeopleRoutes } from './routes/people.ts';
import { addPlatformLogRoutes } from './routes/platformLog.ts';
import { addRecordingRoutes } from './routes/recordings.ts';
import { addSecondFactorRoutes } from './routes/secondFactors.ts';
import { addSessionRoutes } from './routes/session.ts';
import { addSignInResetRoutes } from './routes/signInReset.ts';
import { addVisitRoutes } from './routes/visits.ts';

const correlationId = base64url(22);
/** Bodies are a few short fields, but where a route says otherwise. */
const maxBodyBytes = 16 * 1024;
/** A ticket of the filesystem store's (packages/storage/SPEC.md section 5) is under 200 characters. */
const maxParameterLength = 512;
/** A part of 1 MiB over 100 kbit/s. */
const requestMs = 90_000;

function codeOf(fault: unknown): ErrorCode | null {
  // What can't be recorded isn't done: it may be asked for again.
  if (fault instanceof AuditStoreError) return 'unavailable';
  return fault instanceof FieldKeysUnavailable || fault instanceof FieldKeyLost || fault instanceof PatientErased
    ? fault.code
    : null;
}

function eventOf(fault: unknown): 'keystoreUnavailable' | 'fieldKeyLost' | null {
  if (fault instanceof FieldKeyLost) return 'fieldKeyLost';
  return fault instanceof FieldKeysUnavailable ? 'keystoreUnavailable' : null;
}

const nothing = { access: { public: 'Says that there is nothing here.', open: { silent: 'Does nothing.' } } } as const;

export interface ServerParts {
  readonly tls: TlsIdentity;
  readonly context: RecordsContext;
  /** Decides who may do what. */
  readonly policy: Policy;
  /** By whose clock it tells hours. */
  readonly timeZone: string;
  readonly keeper: Pick<RecordingKeeper, 'look'>;
  readonly platformLog: PlatformLog;
  /** Origins whose pages may change things. */
  readonly origins: readonly string[];
  readonly facts: PublicFacts;
  /** By which staff may sign in, too; null without one. */
  readonly provider: OidcProvider | null;
  /** Whether mail is shown on a page because it isn't sent. */
  readonly hasOutbox: boolean;
  /** By what incidents are told besides mail. */
  readonly channels: AlertChannels;
  readonly client: ExportedClient;
  readonly log: ApiLog;
}

/** The server with all its routes, not listening yet. */
export async function createServer({
  tls,
  context,
  policy,
  timeZone,
  keeper,
  platformLog,
  origins,
  facts,
  provider,
  hasOutbox,
  channels,
  client,
  log,
}: ServerParts): Promise<Listener> {
  const server = createListener({
    ...{
      tls: tlsServerOptions(tls),
      maxBodyBytes,
      maxParameterLength,
      requestMs,
      newRequestId: () => newId(correlationId),
    },
    ...{ codeOf, eventOf, refuse, log },
  });
  const phiRoutes = new PhiRoutes();
  server.addHook('onRoute', requireDeclaration);
  server.addHook('onRoute', (options) => phiRoutes.add(options));
  const headers = responseHeaders(context.origin);
  server.addHook(
    'onRequest',
    async (request, reply) => void reply.headers(headers).header(correlationHeader, request.id),
  );
  await server.register(cookie);
  server.decorateRequest('permittedRoles', null);
  server.decorateRequest('sessionHolder', null);
  server.decorateRequest('recorder', null);
  await server.register(
    async (api: Listener) => {
      api.addHook('onRequest', async (request, reply) => {
        const taken = await context.limits.requests.take(addressKey(request.ip));
        if (!taken.ok) return refuse(reply, taken.code, taken.retryAfterMs);
        const refusal = guardRequest(request, origins);
        return refusal === undefined ? undefined : refuse(reply, refusal);
      });
      api.addHook('preSerialization', requireDeclaredAnswer);
      const { limits, now } = context;
      const recording = { log: platformLog, readings: new RecentReadings(), limits, now };
      api.addHook('preHandler', authorise(createAuthoriser(context, policy), createPhiGate(context), recording));
      api.addHook('onSend', recordAnswer(log));
      // Not the client's page for what isn't there: that is for people.
      for (const url of ['/', '/*']) api.all(url, { config: nothing }, (_request, reply) => refuse(reply, 'notFound'));
      await describeRoutes(api);
      addOpenApiRoute(api);
      addConfigRoutes(api, context, { ...facts, provider });
      addSessionRoutes(api, { ...context, log }, origins);
      addOwnSessionRoutes(api, context);
      addSecondFactorRoutes(api, { ...context, log }, provider);
      addVisitRoutes(api, context);
      addGuestRoutes(api, context);
      addPatientRoutes(api, context, timeZone);
      addJoinRoutes(api, context);
      addKeystoreRoutes(api, context, keeper);
      addPatientNoticeRoutes(api, context, hasOutbox);
      addPatientSessionRoutes(api, context);
      addIncidentRoutes(api, { ...context, channels });
      addPeopleRoutes(api, { context, policy, timeZone });
      addInvitedStaffRoutes(api, context);
      addSignInResetRoutes(api, { ...context, log });
      addOidcRoutes(api, { ...context, log }, provider);
      addPlatformLogRoutes(api, context, platformLog);
      addObjectRoutes(api, { ...context, origins });
      addIntentRoute(api, context, phiRoutes);
      await addRecordingRoutes(api, context, keeper);
      phiRoutes.assertWhole();
    },
    { prefix: '/api' },
  );
  addClientRoutes(server, client);
  return server;
}
