import type { Result } from '@sotto/protocol/result';
import type { AdminContext } from '../administration.ts';
import { ofAdminAct } from '../adminRecord.ts';
import { type Act, type Actor, actOf, draftOf } from '../audit/act.ts';
import type { AlertContext, IncidentContext } from './alertContext.ts';

/** Whoever acts since a rule was broken. */
const rulesActor: Actor = { actor: 'rules', role: 'rules', session: null, address: null, userAgent: null };

/** What the rules do something with: told of each act, for its record. */
export interface RulesContext extends IncidentContext, AdminContext {
  readonly note: (act: Pick<Act, 'action' | 'resource'>) => void;
}

/** Does what the rules do by themselves and records it, both or neither; of what is refused nothing is recorded. */
export const byRules = <T>(
  context: AlertContext,
  act: (context: RulesContext) => Promise<Result<T>>,
): Promise<Result<T>> =>
  context.platformLog.act(async (database) => {
    const acts: Act[] = [];
    const note: RulesContext['note'] = (done) => void acts.push(actOf(done));
    const value = await act({ ...context, database, note, tell: (done) => note(ofAdminAct(done)) });
    const entries = value.ok ? acts.map((done) => draftOf(context.now(), rulesActor, done, 'allowed')) : [];
    return { value, entries };
  });
