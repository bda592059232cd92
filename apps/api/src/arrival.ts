import { accepted } from '@sotto/protocol/result';
import { addressKey } from '@sotto/service/addressKey';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { answer } from './answer.ts';
import { stateHash } from './audit/act.ts';
import { recorderOf } from './audit/recordedAct.ts';
import type { Arrival, BegunSession, SignInRecord } from './beginSession.ts';
import { staffSessionHours } from './clinicContext.ts';
import { readCookie, setCookie } from './cookies.ts';
import { viewerOf } from './viewer.ts';

/** As long as browsers keep a cookie at most (RFC 6265bis). */
const deviceDays = 400;

/** Who comes with a request to sign in. */
export const arrivalOf = (request: FastifyRequest): Arrival => ({
  address: addressKey(request.ip),
  viewer: viewerOf(request),
  former: readCookie(request, 'staff'),
  device: readCookie(request, 'device'),
  record: signInRecordOf(request),
});

/** Who signed in is whose session it is; who was refused is nobody, at the account that they tried. */
export function signInRecordOf(request: FastifyRequest): SignInRecord {
  const recorder = recorderOf(request);
  return {
    tried: (staff) => recorder.about({ resource: `account:${staff}` }),
    async begin({ staff, session, method }, act) {
      recorder.by({ actor: staff, role: 'holder', session });
      recorder.about({
        action: `session:begin:${method}`,
        resource: `account:${staff}`,
        after: stateHash({ session }),
      });
      return recorder.inOne(act);
    },
  };
}

/** Answers a session that has begun, with its cookies. */
export function answerBegun(reply: FastifyReply, { session, token, device }: BegunSession): FastifyReply {
  setCookie(reply, 'device', device, deviceDays * 24 * 3600);
  setCookie(reply, 'staff', token, staffSessionHours * 3600);
  return answer(reply, accepted(session));
}
