import { leafThumbprint, participantId } from '@sotto/protocol/ids';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ChatApplicationMessage,
  decodeApplicationMessage,
  encodeApplicationMessage,
} from '../src/applicationMessage.ts';
import { Chat } from '../src/chat.ts';
import type { ChatDelivery, ChatMessage, ChatMessageId } from '../src/chatState.ts';
import { faultOf } from '../src/chatText.ts';
import { toBase64url } from '../src/octets.ts';
import type { RosterLeaf } from '../src/roster.ts';

type Text = Extract<ChatApplicationMessage, { type: 'chatText' }>;

const leaf = (letter: string) => ({
  participantId: participantId.parse(letter.repeat(22)),
  leaf: leafThumbprint.parse(letter.repeat(43)),
});
const own = { ...leaf('A'), leafIndex: 0 };
const [ada, ben] = [leaf('B'), leaf('C')];
const nameOf = (count: number): ChatMessageId => toBase64url(new Uint8Array(16).fill(count)) as ChatMessageId;

/** One leaf's chat on a clock that stands still until it's set. */
function chatWith(...others: { participantId: string; leaf: string }[]) {
  const time = { now: 0 };
  const [told, deliveries]: [ChatMessage[], ChatDelivery[]] = [[], []];
  let dues = 0;
  let names = 100;
  const chat = new Chat({
    now: () => time.now,
    random: (length) => new Uint8Array(length).fill(names++),
    tell: (message) => told.push(message),
    tellDelivery: (delivery) => deliveries.push(delivery),
    due() {
      dues += 1;
    },
  });
  const follow = (...present: { participantId: string; leaf: string }[]): void => {
    const roster = [own, ...present].map(
      (ref, leafIndex) => ({ leafIndex, claims: { sub: ref.participantId, jkt: ref.leaf } }) as unknown as RosterLeaf,
    );
    chat.follow({ roster, ownIndex: 0 });
  };
  const pass = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += 500) {
      time.now += 500;
      chat.tick();
    }
  };
  const hear = (sequence: number, more: Partial<Text['body']> = {}, from = ada): boolean =>
    chat.take(from, own, {
      type: 'chatText',
      body: { id: nameOf(sequence), sequence, firsts: [], text: String(sequence), ...more },
    });
  follow(...others);
  return { chat, time, told, deliveries, follow, pass, hear, dues: () => dues };
}

const textsOf = (messages: ChatApplicationMessage[]): Text['body'][] =>
  messages.flatMap((message) => (message.type === 'chatText' ? [message.body] : []));

describe('texts', () => {
  const valid = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 400 }).filter((text) => faultOf(text) === null);

  const number = fc.integer({ min: 1, max: 0xffff_ffff });
  const firstsOf = fc.array(fc.record({ leafIndex: fc.nat(0xffff_ffff), sequence: number }), { maxLength: 63 });

  test('any that is one comes back from its octets', () => {
    fc.assert(
      fc.property(valid, number, firstsOf, (text, sequence, firsts) => {
        const message = { type: 'chatText', body: { id: nameOf(7), sequence, firsts, text } } as const;
        expect(decodeApplicationMessage(encodeApplicationMessage(message))).toEqual(message);
      }),
    );
  });

  test.each<[string, number[]]>([
    ['a null', [0]],
    ['a bell', [7]],
    ['a carriage return', [0x0d]],
    ['an escape', [0x1b]],
    ['a delete', [0x7f]],
    ['a C1 control', [0x85]],
    ['a line separator', [0x2028]],
    ['a right-to-left override', [0x202e]],
    ['an embedding', [0x202a]],
    ['an isolate', [0x2066]],
    ['half of a surrogate pair', [0xd800]],
  ])('%s is refused at both ends', (_, codes) => {
    const text = `a${String.fromCharCode(...codes)}b`;
    const { chat } = chatWith(ada);
    expect(chat.say(text)).toEqual({ tag: 'refused', reason: 'characters' });
    if (!text.isWellFormed()) return;
    const octets = encodeApplicationMessage({
      type: 'chatText',
      body: { id: nameOf(1), sequence: 1, firsts: [], text },
    });
    expect(decodeApplicationMessage(octets)).toBeNull();
  });

  test('octets that aren’t UTF-8, are too many or too few, or numbers from 0 are refused', () => {
    const good = encodeApplicationMessage({
      type: 'chatText',
      body: { id: nameOf(1), sequence: 1, firsts: [], text: 'abc' },
    });
    expect(decodeApplicationMessage(good)).not.toBeNull();
    const changed = (at: number, value: number): Uint8Array =>
      Uint8Array.from(good, (octet, index) => (index === at ? value : octet));
    expect(decodeApplicationMessage(changed(good.length - 1, 0xff))).toBeNull();
    // Of its number; of one that is told of, but isn't there.
    expect(decodeApplicationMessage(changed(21, 0))).toBeNull();
    expect(decodeApplicationMessage(changed(22, 1))).toBeNull();
    for (let length = 0; length <= 23; length += 1) {
      expect(decodeApplicationMessage(good.subarray(0, length))).toBeNull();
    }
    const long = Uint8Array.from([...good.subarray(0, 23), ...new Uint8Array(65_537).fill(0x61)]);
    expect(decodeApplicationMessage(long.subarray(0, -1))).not.toBeNull();
    expect(decodeApplicationMessage(long)).toBeNull();
  });
});

describe('what is heard', () => {
  test('waits five seconds for what comes before it', () => {
    const { told, hear, pass } = chatWith(ada);
    hear(1);
    hear(3);
    hear(4);
    pass(4_500);
    expect(told.map(({ text }) => text)).toEqual(['1']);
    pass(1_000);
    expect(told.map(({ text, missing }) => [text, missing])).toEqual([
      ['1', 0],
      ['3', 1],
      ['4', 0],
    ]);
    hear(2);
    hear(2);
    expect(told.slice(3)).toMatchObject([{ text: '2', isLate: true }]);
  });

  test('says what it says: neither its number nor its name comes for another one', () => {
    const { told, hear } = chatWith(ada, ben);
    expect([hear(1), hear(1), hear(1, { id: nameOf(9) }), hear(2, { id: nameOf(1) })]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(hear(1, {}, ben)).toBe(true);
    expect(told.map(({ from, text }) => [from.leaf, text])).toEqual([
      [ada.leaf, '1'],
      [ben.leaf, '1'],
    ]);
  });

  test('is 40 of a leaf in ten seconds, and 32 that wait', () => {
    const { told, hear, time } = chatWith(ada, ben);
    const taken = Array.from({ length: 50 }, (_, index) => hear(index + 1)).filter(Boolean);
    expect([taken.length, told.length]).toEqual([40, 40]);
    expect(hear(1, {}, ben)).toBe(true);
    time.now = 10_000;
    expect(hear(41)).toBe(true);
    const waiting = Array.from({ length: 36 }, (_, index) => hear(index + 51)).filter(Boolean);
    expect(waiting.length).toBe(32);
  });

  test('begins for each leaf with the first that is for it', () => {
    const { told, hear, pass } = chatWith(ada, ben);
    hear(7, {
      firsts: [
        { leafIndex: 3, sequence: 2 },
        { leafIndex: 0, sequence: 6 },
      ],
    });
    hear(2, { firsts: [{ leafIndex: 3, sequence: 2 }] }, ben);
    pass(5_500);
    expect(told.map(({ from, text, missing }) => [from.leaf, text, missing])).toEqual([
      [ada.leaf, '7', 1],
      [ben.leaf, '2', 1],
    ]);
    // Said before this leaf came, to the same person's leaf before it.
    hear(3);
    hear(3);
    expect(told.slice(2)).toMatchObject([{ text: '3', isLate: true }]);
  });

  test('is acknowledged each time, 64 at once at most', () => {
    const { chat, hear, time } = chatWith(ada);
    for (let sequence = 1; sequence <= 80; sequence += 1) {
      time.now += 500;
      hear(sequence);
    }
    const received = [...chat.messages(false), ...chat.messages(false), ...chat.messages(false)].map((message) =>
      message.type === 'chatReceived' ? message.body.received.length : 0,
    );
    expect(received).toEqual([64, 16]);
    hear(80);
    expect(chat.messages(false)).toEqual([
      { type: 'chatReceived', body: { received: [{ leaf: ada.leaf, id: nameOf(80) }] } },
    ]);
  });

  test('is told before its sender is forgotten', () => {
    const { told, hear, follow } = chatWith(ada, ben);
    hear(2);
    follow(ben);
    expect(told).toMatchObject([{ text: '2', missing: 1 }]);
  });
});

describe('what is said', () => {
  test('is sent five times within a minute, then has failed, and goes again under its own name', () => {
    const { chat, deliveries, pass } = chatWith(ada);
    chat.say('x');
    const sent: string[] = [];
    for (let step = 0; step < 140; step += 1) {
      sent.push(...textsOf(chat.messages(false)).map(({ id }) => id));
      pass(500);
    }
    expect(sent).toEqual(Array(5).fill(nameOf(100)));
    expect(deliveries.at(-1)).toEqual({ id: nameOf(100), tag: 'failed', by: [], awaited: [ada] });
    chat.sayAgain(nameOf(100));
    expect(textsOf(chat.messages(false))).toEqual([{ id: nameOf(100), sequence: 1, firsts: [], text: 'x' }]);
    expect(() => chat.sayAgain(nameOf(100))).toThrow();
  });

  test('isn’t acknowledged by whom it wasn’t for, nor before it’s sent, nor for somebody else’s', () => {
    const { chat, deliveries, follow } = chatWith(ada);
    chat.say('x');
    const receipt = (to = own.leaf): ChatApplicationMessage => ({
      type: 'chatReceived',
      body: { received: [{ leaf: to, id: nameOf(100) }] },
    });
    expect(chat.take(ada, own, receipt())).toBe(false);
    chat.messages(false);
    expect(chat.take(ben, own, receipt())).toBe(false);
    expect(chat.take(ada, own, receipt(ben.leaf))).toBe(false);
    expect(deliveries.at(-1)?.tag).toBe('sent');
    expect(chat.take(ada, own, receipt())).toBe(true);
    expect(deliveries.at(-1)).toEqual({ id: nameOf(100), tag: 'delivered', by: [ada], awaited: [] });
    follow(ada, ben);
    expect(deliveries.at(-1)?.tag).toBe('delivered');
    expect(chat.messages(true)).toEqual([]);
  });

  test('is ten in ten seconds, and 64 unsettled', () => {
    const { chat, time } = chatWith(ada);
    const say = (): string => chat.say('x').tag;
    const burst = Array.from({ length: 12 }, say);
    expect(burst.filter((tag) => tag === 'queued').length).toBe(10);
    let queued = 10;
    for (let step = 0; step < 100; step += 1) {
      time.now += 1_000;
      if (say() === 'queued') queued += 1;
    }
    expect(queued).toBe(64);
  });
});
