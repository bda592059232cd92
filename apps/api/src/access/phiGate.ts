import { intentHeader } from '@sotto/protocol/phi';
import type { FastifyRequest } from 'fastify';
import type { Asked } from '../audit/asked.ts';
import type { ClinicContext } from '../clinicContext.ts';
import { intentAct, takeIntent } from '../phiIntents.ts';
import type { DecidedAccess } from './declaration.ts';

/** Of those who may do what is asked, the one whose intent was shown; nobody without one that is good for it. */
export type PhiGate = <P extends { readonly asked: Asked }>(
  request: Pick<FastifyRequest, 'headers'>,
  access: DecidedAccess,
  permitted: readonly P[],
) => Promise<readonly P[]>;

/** Lets through what carries no clinical content, and of what does each request whose intent it takes. */
export const createPhiGate =
  (context: Pick<ClinicContext, 'database' | 'now'>): PhiGate =>
  async ({ headers }, { phi }, permitted) => {
    if (phi === undefined) return permitted;
    const [first] = permitted;
    const { resource, patient } = first?.asked.act ?? { resource: '', patient: null };
    if (patient === null) return [];
    const sessions = permitted.flatMap(({ asked }) => asked.actor.session ?? []);
    const taken = await takeIntent(context, headers[intentHeader], {
      ...{ route: phi.route, sessions, resource, patient },
    });
    const whose = permitted.find(({ asked }) => asked.actor.session === taken?.session);
    if (taken === null || whose === undefined) return [];
    const act = { ...whose.asked.act, ...intentAct({ resource, idHash: taken.idHash }, taken.purpose) };
    return [{ ...whose, asked: { ...whose.asked, act } }];
  };
