import type { ChatDelivery, ChatMessage, Member } from '@sotto/e2ee';
import { leafThumbprint, participantId } from '@sotto/protocol/ids';
import { describe, expect, it } from 'vitest';
import { createChatLog } from './chatLog.ts';

const rosa = { participantId: participantId.parse('r'.repeat(22)), leaf: leafThumbprint.parse('r'.repeat(43)) };
const member: Member = { ...rosa, role: 'patient', clinician: null, leafIndex: 1, isSelf: false, name: 'Rosa' };
const id = (letter: string) => letter.repeat(22) as ChatMessage['id'];
const message = (text: string): ChatMessage => ({ from: rosa, id: id('m'), text, missing: 0, isLate: false });
const delivery = (tag: ChatDelivery['tag'], changes: Partial<ChatDelivery> = {}): ChatDelivery => ({
  id: id('a'),
  tag,
  by: [],
  awaited: [],
  ...changes,
});
const log = () => createChatLog(() => undefined);

describe('the log of a chat', () => {
  it('has what is said in the order in which it came, each line with a key of its own', () => {
    const chat = log();
    chat.arrived(1);
    chat.heard(message('Hello'), [member], 2);
    chat.said(id('a'), 'Hi', 3);
    expect(chat.entries().map(({ tag, key, at }) => [tag, key, at])).toEqual([
      ['arrival', 1, 1],
      ['heard', 2, 2],
      ['own', 3, 3],
    ]);
  });

  it('names who said a text by the verified name, and keeps it when they have gone', () => {
    const chat = log();
    chat.heard(message('Hello'), [member], 1);
    chat.heard(message('Bye'), [], 2);
    expect(chat.entries()).toMatchObject([
      { name: 'Rosa', role: 'patient' },
      { name: 'Rosa', role: 'patient' },
    ]);
  });

  it('gives a text its name once that is verified, and never another one afterwards', () => {
    const chat = log();
    chat.heard(message('Hello'), [], 1);
    expect(chat.entries()).toMatchObject([{ name: null, role: 'guest' }]);
    chat.named([{ ...member, name: null }]);
    expect(chat.entries()).toMatchObject([{ name: null }]);
    chat.named([member]);
    chat.named([{ ...member, name: 'Mallory' }]);
    expect(chat.entries()).toMatchObject([{ name: 'Rosa', role: 'patient' }]);
  });

  it('follows a delivery that is told before its text is known', () => {
    const chat = log();
    chat.delivery(delivery('sent', { awaited: [rosa] }));
    chat.said(id('a'), 'Hi', 1);
    expect(chat.entries()).toMatchObject([
      { delivery: { tag: 'sending', some: false, awaited: [rosa.participantId] } },
    ]);
    chat.delivery(delivery('delivered', { by: [rosa] }));
    expect(chat.entries()).toMatchObject([{ delivery: { tag: 'delivered' } }]);
  });

  it('lets a failed text be tried again, unless the worker can’t', () => {
    const chat = log();
    chat.said(id('a'), 'Hi', 1);
    expect(chat.failed(1)).toBeNull();
    chat.delivery(delivery('failed'));
    expect(chat.failed(1)).toBe(id('a'));
    chat.given(id('a'));
    expect(chat.failed(1)).toBeNull();
    expect(chat.entries()).toMatchObject([{ delivery: { tag: 'failed', isFinal: true } }]);
  });

  it('gives up what wasn’t delivered when the leaf is gone, and nothing else', () => {
    const chat = log();
    chat.arrived(1);
    chat.said(id('a'), 'Delivered', 2);
    chat.delivery(delivery('delivered'));
    chat.said(id('b'), 'Under way', 3);
    chat.leafGone();
    chat.delivery(delivery('delivered', { id: id('b') }));
    chat.arrived(4);
    expect(chat.entries()).toMatchObject([
      { tag: 'arrival' },
      { delivery: { tag: 'delivered' } },
      { delivery: { tag: 'failed', isFinal: true } },
      { tag: 'arrival', at: 4 },
    ]);
  });

  it('says once that it begins, however often this page comes in with nothing said', () => {
    const chat = log();
    chat.arrived(1);
    chat.arrived(2);
    expect(chat.entries()).toHaveLength(1);
  });

  it('keeps the newest thousand lines, and none when the visit is over', () => {
    const chat = log();
    for (let at = 1; at <= 1_010; at += 1) chat.heard(message(`${at}`), [member], at);
    expect(chat.entries()).toHaveLength(1_000);
    expect(chat.entries()[0]).toMatchObject({ text: '11' });
    chat.clear();
    expect(chat.entries()).toEqual([]);
  });
});
