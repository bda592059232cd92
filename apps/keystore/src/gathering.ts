import { setImmediate } from 'node:timers/promises';

interface Waiting<Q, A> {
  readonly question: Q;
  readonly resolve: (answer: A) => void;
  readonly reject: (fault: unknown) => void;
}

/** Questions that are answered at once. */
const mostAtOnce = 64;

/**
 * Answers questions together that are asked at the same time: what is asked while others are being answered goes into the
 * next round. Nobody gets an answer that was on its way before the question.
 *
 * @param answerAll one answer a question, in their order. If it fails for several, each is asked alone, so that one's
 *   fault is nobody else's
 */
export function gather<Q, A>(
  answerAll: (questions: readonly Q[]) => Promise<readonly A[]>,
): (question: Q) => Promise<A> {
  const queue: Waiting<Q, A>[] = [];
  let isAnswering = false;

  const settle = async (round: readonly Waiting<Q, A>[]): Promise<void> => {
    try {
      const answers = await answerAll(round.map(({ question }) => question));
      // As many as there are questions.
      for (const [place, { resolve }] of round.entries()) resolve(answers[place] as A);
    } catch (fault) {
      if (round.length === 1) round[0]?.reject(fault);
      else await Promise.all(round.map((one) => settle([one])));
    }
  };
  const answer = async (): Promise<void> => {
    isAnswering = true;
    do {
      // Those who were just answered by the same event ask the same next.
      await setImmediate();
      await settle(queue.splice(0, mostAtOnce));
    } while (queue.length > 0);
    isAnswering = false;
  };
  return (question) =>
    new Promise((resolve, reject) => {
      queue.push({ question, resolve, reject });
      if (!isAnswering) void answer();
    });
}
