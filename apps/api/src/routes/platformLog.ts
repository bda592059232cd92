import { platformLogKeys, platformLogQuery, platformLogView } from '@sotto/protocol/platformLog';
import { accepted } from '@sotto/protocol/result';
import type { Listener } from '@sotto/service/listener';
import { wholeLog } from '../access/resource.ts';
import { answer, refusals } from '../answer.ts';
import { readPlatformLog, resourceOf } from '../audit/logReading.ts';
import type { PlatformLog } from '../audit/platformLog.ts';
import { recorderOf } from '../audit/recordedAct.ts';
import type { ClinicContext } from '../clinicContext.ts';

/** The platform's own log, for privacy officers (packages/protocol, platformLog). */
export function addPlatformLogRoutes(api: Listener, context: ClinicContext, log: PlatformLog): void {
  api.route({
    method: 'GET',
    url: '/log',
    config: {
      access: {
        ...{ action: 'log:read', resource: wholeLog, sessions: ['staff'] },
        ...{ recorded: 'act', entry: 'log:platform' },
      },
    },
    schema: { querystring: platformLogQuery, response: { 200: platformLogView, ...refusals } },
    handler: async (request, reply) => {
      const { query } = request;
      const recorder = recorderOf(request);
      recorder.about({ resource: resourceOf(query), patient: query.patient ?? null });
      // By its nonce a browser knows the entry of its own reading.
      const read = await recorder.record(query.nonce);
      return answer(reply, accepted(await readPlatformLog(context, log, query, read)));
    },
  });

  api.route({
    method: 'GET',
    url: '/log/keys',
    config: {
      access: {
        ...{ action: 'log:read', resource: wholeLog, sessions: ['staff'] },
        ...{ recorded: { elsewhere: 'Public keys.' }, entry: 'log:platform' },
      },
    },
    schema: { response: { 200: platformLogKeys, ...refusals } },
    handler: async (_request, reply) => answer(reply, accepted(log.keys)),
  });
}
