import type { CallCrypto, Member } from '@sotto/e2ee';
import type { ChatLog } from './chatLog.ts';
import { createComparedLeaves } from './comparedLeaves.ts';
import type { GroupSession } from './groupSession.ts';
import type { SessionFacts } from './sessionFacts.ts';

interface SessionTalkOptions {
  readonly crypto: Pick<CallCrypto, 'on'>;
  readonly chat: ChatLog;
  readonly group: () => GroupSession | null;
  readonly members: () => readonly Member[];
  readonly isClosed: () => boolean;
  readonly onCompared: (result: 'same' | 'different') => void;
  readonly learn: (changes: Partial<SessionFacts>) => void;
}

/** Follows what a leaf's worker tells of codes, texts and recordings, and has sent what it has to say. */
export function followTalk({ crypto, chat, group, members, isClosed, onCompared, learn }: SessionTalkOptions): void {
  const comparedLeaves = createComparedLeaves();
  crypto.on('comparison', (state) => {
    comparedLeaves.take(state);
    group()?.comparing(state.tag !== 'ended');
    const result = state.tag === 'ended' ? state.ending.tag : null;
    if (!isClosed() && (result === 'same' || result === 'different')) onCompared(result);
    learn({ compared: comparedLeaves.leaves(), comparison: state });
  });
  crypto.on('comparisonDue', () => {
    group()?.comparisonDue();
  });
  crypto.on('chat', (message) => {
    if (!isClosed()) chat.heard(message, members(), Date.now());
  });
  crypto.on('chatDelivery', (delivery) => {
    if (!isClosed()) chat.delivery(delivery);
  });
  crypto.on('chatDue', () => {
    group()?.chatDue();
  });
  crypto.on('recording', (recording) => {
    learn({ recording });
  });
  crypto.on('recordingDue', () => {
    group()?.recordingDue();
  });
}
