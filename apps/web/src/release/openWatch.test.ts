import { challengeLabels, type ReleaseRequest, releaseRequest } from '@sotto/protocol/keystore';
import { type SignedClosing, signedClosing } from '@sotto/protocol/keystoreRoutes';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { endJoin, signOut } from '../clinic/clinicApi.ts';
import { fromBase64url, randomId } from '../keystore/bytes.ts';
import { challengeOf } from '../keystore/challenge.ts';
import { closeAllOpen, OpenWatch } from './openWatch.ts';

let said: SignedClosing[];
let now: number;
let fails: number;
beforeEach(() => {
  vi.stubGlobal('window', new EventTarget());
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] });
  said = [];
  now = 1_000_000;
  fails = 0;
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const requestOf = (closingKey: string): ReleaseRequest =>
  releaseRequest.parse({
    ...{ type: 'sotto/release/v1', id: randomId(), nonce: randomId(), clinic: randomId(), user: randomId() },
    ...{ objects: [randomId()], purpose: 'treatment', use: 'open', breakGlass: null, approver: null },
    ...{ viewerKey: 'A'.repeat(1622), closingKey, expiry: '2031-05-06T07:08:09Z' },
  });

async function opened(): Promise<OpenWatch> {
  const watch = await OpenWatch.make({
    now: () => now,
    tell: async (one) => {
      if (fails > 0) {
        fails -= 1;
        throw new Error('offline');
      }
      said.push(signedClosing.parse(one));
    },
  });
  watch.released(requestOf(watch.publicKey));
  return watch;
}

async function pass(ms: number): Promise<void> {
  for (let gone = 0; gone < ms; gone += 5_000) {
    now += 5_000;
    await vi.advanceTimersByTimeAsync(5_000);
    await settled();
  }
}

const wait = setTimeout;
/** WebCrypto answers when it likes, from threads of its own. */
const settled = () => new Promise((resolve) => wait(resolve, 20));
const ends = () => said.filter(({ closing }) => closing.isOver).map(({ closing }) => closing.seconds);

describe('an opening', () => {
  it('is told of while it lasts, and once when it is over, by the key that its request names', async () => {
    const watch = await opened();
    watch.begin();
    await pass(65_000);
    watch.end();
    watch.end();
    await vi.waitFor(() => expect(ends()).toEqual([65]));
    const going = said.filter(({ closing }) => !closing.isOver).map(({ closing }) => closing.seconds);
    expect(going.length).toBeGreaterThanOrEqual(2);
    expect(going).toEqual([...going].sort((a, b) => a - b));
    for (const { request, closing, signature } of said) {
      const raw = fromBase64url(request.closingKey) ?? new Uint8Array();
      const key = await crypto.subtle.importKey('raw', raw, 'Ed25519', false, ['verify']);
      const signed = await challengeOf(challengeLabels.closing, closing);
      const mark = fromBase64url(signature) ?? new Uint8Array();
      expect(await crypto.subtle.verify('Ed25519', key, mark, signed)).toBe(true);
    }
    const told = said.length;
    await pass(60_000);
    expect(said).toHaveLength(told);
  });

  it('is over when the page goes, by what was signed before', async () => {
    const watch = await opened();
    let isClosed = false;
    watch.whenLeft(() => {
      isClosed = true;
    });
    watch.begin();
    await pass(20_000);
    now += 3_000;
    window.dispatchEvent(new Event('pagehide'));
    expect(ends()).toHaveLength(1);
    expect(ends()[0]).toBeGreaterThanOrEqual(15);
    expect(isClosed).toBe(true);
    watch.end();
    await pass(10_000);
    expect(ends()).toHaveLength(1);
  });

  it('is over, and told so, before the session is ended', async () => {
    const watches = [await opened(), await opened()];
    let closed = 0;
    for (const watch of watches) {
      watch.whenLeft(() => {
        closed += 1;
        watch.end();
      });
      watch.begin();
    }
    await pass(20_000);
    now += 4_000;
    const ended: number[] = [];
    vi.stubGlobal('fetch', () => {
      ended.push(ends().length);
      return Promise.resolve(new Response(null, { status: 204 }));
    });
    await signOut();
    expect(ends()).toEqual([24, 24]);
    expect(closed).toBe(2);
    await endJoin();
    // Each session was ended when all had been told.
    expect(ended).toEqual([2, 2]);
    await pass(10_000);
    expect(ends()).toHaveLength(2);
  });

  it('doesn’t keep anybody from signing out where the net is gone', async () => {
    const watch = await opened();
    watch.begin();
    await settled();
    fails = 1_000;
    let isOut = false;
    void closeAllOpen().then(() => {
      isOut = true;
    });
    await settled();
    expect(isOut).toBe(false);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(isOut).toBe(true);
  });

  it('is told of again when it was lost on its way, and of nothing that was never released', async () => {
    const watch = await opened();
    fails = 2;
    now += 7_000;
    watch.end();
    for (let turn = 0; turn < 6; turn += 1) {
      await settled();
      await vi.advanceTimersByTimeAsync(2_000);
    }
    expect(ends()).toEqual([7]);
    const never = await OpenWatch.make({ now: () => now, tell: async (one) => void said.push(one) });
    never.begin();
    never.end();
    await pass(10_000);
    expect(said).toHaveLength(1);
  });
});
