import { formatVerifierKey } from '@sotto/audit';
import { keystoreIdentity, nonceGrant, nonceRequest } from '@sotto/protocol/keystoreRoutes';
import type { Listener } from '@sotto/service/listener';
import { toBase64url } from '../bytes.ts';
import { keyStatus } from '../keys/status.ts';
import { issueNonce } from '../nonces.ts';
import { refusals, refuse } from './answer.ts';
import { addDirectoryRoutes } from './directoryRoutes.ts';
import { addFieldKeyRoutes } from './fieldKeyRoutes.ts';
import { addObjectRoutes } from './objectRoutes.ts';
import { addPatientSignInRoutes } from './patientSignInRoutes.ts';
import type { RouteParts } from './routeParts.ts';

/** What the keystore answers, to the callers that its listener lets in (packages/protocol, keystoreRoutes). */
export function addKeystoreRoutes(listener: Listener, parts: RouteParts): void {
  const { keystore, party, limits, logKey, witnessKey } = parts;
  const { context, connection } = keystore;

  listener.get('/v1/identity', { schema: { response: { 200: keystoreIdentity, ...refusals } } }, async () => ({
    clinic: context.clinic,
    statementKey: toBase64url(context.statements.publicKey),
    logKey: formatVerifierKey(logKey),
    witnessKey: formatVerifierKey(witnessKey),
    rpId: party.rpId,
    master: context.master.isHardware ? ('hardware' as const) : ('software' as const),
  }));

  listener.post(
    '/v1/nonces',
    { schema: { body: nonceRequest, response: { 201: nonceGrant, ...refusals } } },
    async (request, reply) => {
      const { subject } = request.body;
      if (!(await limits.nonces.take(subject))) return refuse(reply, 'rateLimited');
      return reply.code(201).send(await issueNonce(context.database, subject, context.now()));
    },
  );

  addDirectoryRoutes(listener, parts);
  addObjectRoutes(listener, parts);
  addFieldKeyRoutes(listener, parts);
  addPatientSignInRoutes(listener, parts);

  listener.get('/v1/status', async () => keyStatus(context));

  listener.get('/v1/health', async (_request, reply) => {
    await connection.ping();
    return reply.code(204).send();
  });
}
