import type { ChatLog } from './chatLog.ts';
import type { ActionOutcome, SayOutcome } from './contract.ts';
import type { VisitSession } from './visitSession.ts';

/** What the user does in the chat. */
export interface VisitChat {
  say(text: string): Promise<SayOutcome>;
  sayAgain(key: number): Promise<ActionOutcome>;
}

/** @param current the session of the leaf that is alive */
export function createVisitChat(log: ChatLog, current: () => VisitSession | null): VisitChat {
  return {
    async say(text) {
      const session = current();
      const outcome = await session?.say(text).catch(() => null);
      if (!outcome || session !== current()) return 'failed';
      if (outcome.tag === 'refused') return outcome.reason;
      log.said(outcome.id, text, Date.now());
      return 'said';
    },
    async sayAgain(key) {
      const session = current();
      const id = log.failed(key);
      if (session === null || id === null) return 'failed';
      try {
        await session.sayAgain(id);
        return 'done';
      } catch {
        // Alone it can be tried later; with somebody who wasn't there when it was said it never can.
        const isAlone = session.facts().members.every(({ isSelf }) => isSelf);
        if (!isAlone && session === current()) log.given(id);
        return 'failed';
      }
    },
  };
}
