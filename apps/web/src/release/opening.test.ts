import { createObjectKeyPair } from '@sotto/vault';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { origin, SoftKeystore, SoftNote } from '../../test/softKeystore.ts';
import { SoftPasskey } from '../../test/softPasskey.ts';
import { requestMembers } from '../keystore/acts.ts';
import { randomId, toBase64url } from '../keystore/bytes.ts';
import type { EvidenceCode } from '../keystore/errors.ts';
import type { OpenOrder } from './messages.ts';
import { openNote } from './opening.ts';
import type { ViewerKeys } from './releasedObject.ts';

const text = 'Reviewed the wound. Healing well; dressing every second day. Añadido: ¡bien!';
let keystore: SoftKeystore;
let note: SoftNote;
let viewer: ViewerKeys;

beforeAll(async () => {
  keystore = await SoftKeystore.make();
  note = await SoftNote.write(keystore, text);
  viewer = await createObjectKeyPair();
});

/** The released key, changed. */
function withKey(order: OpenOrder, changes: Partial<OpenOrder['answer']['keys'][number]>): OpenOrder {
  const keys = order.answer.keys.map((key) => ({ ...key, ...changes }));
  return { ...order, answer: { ...order.answer, keys } };
}

const flipped = (text64: string, at: number) =>
  `${text64.slice(0, at)}${text64[at] === 'A' ? 'B' : 'A'}${text64.slice(at + 1)}`;

const refusal = (order: OpenOrder, keys = viewer) =>
  openNote(order, keys, origin).then(
    () => 'opened' as const,
    (error: unknown) => (error as { code: EvidenceCode }).code,
  );

describe('a released note', () => {
  it('opens, and tells what was checked', async () => {
    const opened = await openNote(await note.release(viewer), viewer, origin);
    expect(opened.text).toBe(text);
    expect(opened.checks).toMatchObject({ writer: note.writer, sealedAt: '2031-05-06T07:00:00Z', isWitnessed: true });
    expect(opened.checks.witnessedAt).toBe(1_936_000_000);
  });

  it('says that the witness was silent', async () => {
    const order = await note.release(viewer);
    const proof = await keystore.log.prove(1, { isWitnessed: false });
    const unproven = withKey(order, { proof });
    // Another entry than this request's is no proof; this one's without the witness is.
    expect(await refusal(unproven)).toBe('proof');
    const index = (await openNote(order, viewer, origin)).checks.index;
    const own = withKey(order, { proof: await keystore.log.prove(index, { isWitnessed: false }) });
    expect((await openNote(own, viewer, origin)).checks.witnessedAt).toBeNull();
  });
});

describe('on a device whose clock is off', () => {
  afterEach(() => vi.useRealTimers());

  it.each([-1, 1])('by %d days a note opens all the same, with the times that were signed', async (days) => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2031-05-06T07:08:00Z') + days * 24 * 3_600_000 });
    // What is signed of the request's time comes from the keystore.
    const grant = { nonce: randomId(), expiresAt: '2031-05-06T07:09:00.500Z' };
    expect(requestMembers(grant, keystore.pins).expiry).toBe('2031-05-06T07:09:00Z');
    const { text: opened, checks } = await openNote(await note.release(viewer), viewer, origin);
    expect(opened).toBe(text);
    expect(checks).toMatchObject({ sealedAt: '2031-05-06T07:00:00Z', registeredAt: '2031-05-06T07:00:01.000Z' });
  });

  it.each([-1, 1])('by %d days a witness’s word counts by its own clock', async (days) => {
    const witnessedAt = Date.parse('2031-05-06T07:08:00Z') / 1000 + days * 24 * 3_600;
    const order = await note.release(viewer);
    const { index } = (await openNote(order, viewer, origin)).checks;
    const own = withKey(order, { proof: await keystore.log.prove(index, { witnessedAt }) });
    expect((await openNote(own, viewer, origin)).checks.witnessedAt).toBe(witnessedAt);
  });
});

describe('nothing is shown', () => {
  const cases: [string, EvidenceCode, (order: OpenOrder) => OpenOrder | Promise<OpenOrder>][] = [
    ['of another object', 'request', (order) => withKey(order, { object: randomId() as typeof order.object })],
    [
      'sealed for another request',
      'proof',
      async (order) => ({ ...order, request: (await note.release(viewer)).request }),
    ],
    ['with a changed encapsulation', 'request', (o) => withKey(o, { enc: flipped(o.answer.keys[0]?.enc ?? '', 40) })],
    ['with a changed seed', 'request', (o) => withKey(o, { sealed: flipped(o.answer.keys[0]?.sealed ?? '', 5) })],
    ['without a proof', 'proof', (order) => withKey(order, { proof: '{}' })],
    [
      'proven by another log',
      'proof',
      async (order) =>
        withKey(order, {
          proof: await (await SoftNote.write(await SoftKeystore.make(), text))
            .release(viewer)
            .then((o) => o.answer.keys[0]?.proof ?? ''),
        }),
    ],
    ['unregistered', 'statement', (order) => withKey(order, { registration: null })],
    [
      'registered by somebody else',
      'statement',
      async (order) => {
        const registration = order.answer.keys[0]?.registration ?? null;
        const forged = registration && (await (await SoftKeystore.make()).sign(registration.payload));
        return withKey(order, { registration: forged });
      },
    ],
    [
      'registered for another visit',
      'statement',
      (order) => ({ ...order, visit: randomId() as NonNullable<typeof order.visit> }),
    ],
    [
      'with the manifest of another note',
      'writer',
      async (order) => ({ ...order, manifest: (await SoftNote.write(keystore, text)).manifest }),
    ],
    ['with a changed manifest', 'manifest', (order) => ({ ...order, manifest: flipped(order.manifest, 400) })],
    ['with a changed text', 'content', (order) => ({ ...order, run: flipped(order.run, order.run.length - 30) })],
    ['cut off', 'content', (order) => ({ ...order, run: order.run.slice(0, -4) })],
    ['by a writer whom the directory hasn’t', 'writer', (order) => ({ ...order, writers: [] })],
    [
      'by a passkey that had been revoked',
      'writer',
      (order) => ({
        ...order,
        writers: order.writers.map((one) => ({ ...one, revokedAt: '2031-05-06T06:00:00.000Z' })),
      }),
    ],
    [
      'by another key than the directory has',
      'writer',
      async (order) => {
        const other = toBase64url((await SoftPasskey.make()).publicKey);
        return { ...order, writers: order.writers.map((one) => ({ ...one, publicKey: other })) };
      },
    ],
  ];
  it.each(cases)('%s', async (_, code, change) => {
    expect(await refusal(await change(await note.release(viewer)))).toBe(code);
  });

  it('to another viewer', async () => {
    expect(await refusal(await note.release(viewer), await createObjectKeyPair())).toBe('request');
  });

  it('that was signed on another page', async () => {
    const order = await note.release(viewer);
    await expect(openNote(order, viewer, 'https://elsewhere.example')).rejects.toMatchObject({ code: 'manifest' });
  });

  it('but opens when the passkey was revoked only later', async () => {
    const order = await note.release(viewer);
    const writers = order.writers.map((one) => ({ ...one, revokedAt: '2031-06-01T00:00:00.000Z' }));
    expect(await refusal({ ...order, writers })).toBe('opened');
  });
});
