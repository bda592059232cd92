import { objectId, patientId, staffId } from '@sotto/protocol/ids';
import { nonce } from '@sotto/protocol/keystore';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { toBase64url } from '../src/bytes.ts';
import { hpkePublicKey } from '../src/hpke.ts';
import { newId } from '../src/ids.ts';
import { mintObject } from '../src/keys/objectKeys.ts';
import type { KeystoreContext } from '../src/keystoreContext.ts';
import type { Policy, PolicyAnswer, PolicyQuestion } from '../src/release/policy.ts';
import { productionPorts } from '../src/release/productionPorts.ts';
import { hashRequest, releaseCall } from '../src/release/releaseRequest.ts';
import { Releases } from '../src/release/releases.ts';
import { Installation } from './installation.ts';
import { Passkey, party, type Tampering } from './passkey.ts';
import { entriesAbout, inSeconds, openRelease, People } from './people.ts';

let installation: Installation;
let context: KeystoreContext;
let people: People;
let physician: Passkey;
let offsetMs = 0;
let answer: () => Promise<PolicyAnswer>;
const asked: PolicyQuestion[] = [];
const policy: Policy = {
  decide: (question) => {
    asked.push(question);
    return answer();
  },
};
let releases: Releases;

beforeAll(async () => {
  installation = await Installation.start();
  context = await installation.open({ offsetMs: () => offsetMs });
  people = await People.with(installation, context);
  physician = await people.physician();
  releases = new Releases(productionPorts(context, { party, policy, requests: people.requests }));
});
beforeEach(() => {
  offsetMs = 0;
  installation.isWitnessUp = true;
  answer = async () => ({ tag: 'permit' });
});
afterAll(() => installation.remove());

const entriesOf = (session: string) => entriesAbout(context, session);

describe('a release', () => {
  it('gives the viewer alone the key that was minted, with the entry that says so', async () => {
    const pseudonym = newId(patientId);
    const { statement } = await mintObject(context, { pseudonym, visit: null });
    const { object, publicKey } = statement.payload;
    const viewer = await people.viewer(physician, [object]);
    const outcome = await releases.release(viewer.call);
    expect(outcome).toMatchObject({ tag: 'released', isWitnessed: true });
    const seed = (await openRelease(viewer, outcome, installation)).get(object);
    expect(toBase64url(await hpkePublicKey(seed ?? new Uint8Array()))).toBe(publicKey);
    expect(await entriesOf(viewer.call.request.id)).toMatchObject([
      { actor: physician.subject, role: 'physician', patient: pseudonym, purpose: 'treatment', address: '192.0.2.7' },
    ]);
    expect(asked.at(-1)).toMatchObject({ user: { subject: physician.subject }, objects: [{ object, pseudonym }] });
    const other = await people.viewer(physician, [object]);
    await expect(openRelease({ ...viewer, privateKey: other.privateKey }, outcome, installation)).rejects.toThrow(
      'does not open',
    );
  });

  it('covers several objects with one tap and one entry each', async () => {
    const { object, pseudonym } = await people.object();
    const { object: second } = await people.object(pseudonym);
    const viewer = await people.viewer(physician, [object, second]);
    const opened = await openRelease(viewer, await releases.release(viewer.call), installation);
    expect(new Set(opened.keys())).toEqual(new Set([object, second]));
    expect(await entriesOf(viewer.call.request.id)).toHaveLength(2);
  });

  it('answers the same request the same, twice at once and again later, with one entry', async () => {
    const { object } = await people.object();
    const viewer = await people.viewer(physician, [object]);
    const [first, second] = await Promise.all([releases.release(viewer.call), releases.release(viewer.call)]);
    expect(second).toEqual(first);
    expect(await releases.release(viewer.call)).toEqual(first);
    expect(await entriesOf(viewer.call.request.id)).toHaveLength(1);
    offsetMs = 16 * 60_000;
    expect(await releases.release(viewer.call)).toMatchObject({ tag: 'refused', code: 'expired' });
  });

  it('tells a copy from an opening, to policy and in the log, and asks for a request of its own', async () => {
    const { object } = await people.object();
    const opening = await people.viewer(physician, [object]);
    await releases.release(opening.call);
    const copy = await people.viewer(physician, [object], { request: { use: 'copy' } });
    await openRelease(copy, await releases.release(copy.call), installation);
    expect(asked.at(-1)).toMatchObject({ use: 'copy' });
    expect(await entriesOf(opening.call.request.id)).toMatchObject([{ action: 'object.release' }]);
    expect(await entriesOf(copy.call.request.id)).toMatchObject([
      { action: 'object.copy', resource: `object:${object}` },
    ]);
    const edited = { ...opening.call, request: { ...opening.call.request, use: 'copy' as const } };
    expect(await releases.release(edited)).toMatchObject({ tag: 'refused', code: 'conflict' });
    const { call } = await people.viewer(physician, [object]);
    const unsigned = { ...call, request: { ...call.request, use: 'copy' as const } };
    expect(await releases.release(unsigned)).toMatchObject({ tag: 'refused', code: 'assertion' });
    answer = async () => ({ tag: 'deny', reasons: ['notGranted'] });
    const denied = await people.viewer(physician, [object], { request: { use: 'copy' } });
    expect(await releases.release(denied.call)).toMatchObject({ tag: 'refused', code: 'denied' });
    expect(await entriesOf(denied.call.request.id)).toMatchObject([{ action: 'object.copy', outcome: 'refused' }]);
  });

  it('refuses another request under a used id', async () => {
    const { object } = await people.object();
    const viewer = await people.viewer(physician, [object]);
    await releases.release(viewer.call);
    const other = await people.viewer(physician, [object], { request: { id: viewer.call.request.id } });
    expect(await releases.release(other.call)).toMatchObject({ tag: 'refused', code: 'conflict' });
    expect(await entriesOf(viewer.call.request.id)).toHaveLength(1);
  });

  it('lets a nonce be used once, also by two requests at the same moment', async () => {
    const { object } = await people.object();
    const first = await people.viewer(physician, [object]);
    const reuse = { request: { nonce: first.call.request.nonce } };
    const second = await people.viewer(physician, [object], reuse);
    const both = await Promise.all([releases.release(first.call), releases.release(second.call)]);
    expect(both.map(({ tag }) => tag).sort()).toEqual(['refused', 'released']);
    const third = await people.viewer(physician, [object], reuse);
    expect(await releases.release(third.call)).toMatchObject({ tag: 'refused', code: 'nonce' });
    expect(await entriesOf(third.call.request.id)).toMatchObject([{ actor: 'unverified', outcome: 'refused' }]);
  });

  it('refuses nonces that are too old, invented, or another’s', async () => {
    const { object } = await people.object();
    const old = await people.viewer(physician, [object]);
    const invented = await people.viewer(physician, [object], { request: { nonce: newId(nonce) } });
    const anothers = await people.viewer(physician, [object], { nonceFor: newId(staffId) });
    expect(await releases.release(invented.call)).toMatchObject({ code: 'nonce' });
    expect(await releases.release(anothers.call)).toMatchObject({ code: 'nonce' });
    offsetMs = 61_000;
    expect(await releases.release(old.call)).toMatchObject({ tag: 'refused' });
  });

  it('goes by its own clock: what has expired, or expires too far ahead, is refused', async () => {
    const { object } = await people.object();
    for (const seconds of [-1, 0, 400, 86_400]) {
      const request = { expiry: inSeconds(new Date(), seconds) };
      const viewer = await people.viewer(physician, [object], { request });
      expect(await releases.release(viewer.call)).toMatchObject({ tag: 'refused', code: 'expired' });
    }
  });

  const tampered: [string, Tampering][] = [
    ['another origin', { origin: 'https://evil.example' }],
    ['another rpId', { rpId: 'evil.example' }],
    ['no user verification', { flags: 0x01 }],
    ['a counter that stands still', { counter: 0 }],
    ['a page embedded elsewhere', { crossOrigin: true }],
    ['another type', { type: 'webauthn.create' }],
  ];
  it.each(tampered)('refuses an assertion with %s, and says so in the log', async (_what, assertion) => {
    const { object, pseudonym } = await people.object();
    const viewer = await people.viewer(physician, [object], { assertion });
    expect(await releases.release(viewer.call)).toMatchObject({ tag: 'refused', code: 'assertion' });
    const [entry] = await entriesOf(viewer.call.request.id);
    expect(entry).toMatchObject({ actor: 'unverified', outcome: 'refused', patient: null });
    expect(JSON.stringify(entry)).not.toContain(pseudonym);
  });

  it('refuses a request that was edited after it was signed', async () => {
    const [mine, other] = [await people.object(), await people.object()];
    for (const change of [
      { objects: [other.object] },
      { purpose: 'payment' as const },
      { breakGlass: 'covering' as const },
      { viewerKey: toBase64url((await people.viewer(physician, [])).privateKey).padEnd(1622, 'A') },
    ]) {
      const { call } = await people.viewer(physician, [mine.object]);
      const edited = { ...call, request: { ...call.request, ...change } };
      expect(await releases.release(edited)).toMatchObject({ tag: 'refused', code: 'assertion' });
    }
  });

  it('refuses another user’s assertion, an unknown passkey, and one that was revoked', async () => {
    const { object } = await people.object();
    const [leaver, stranger] = [await people.physician(), new Passkey()];
    const anothers = await people.viewer(leaver, [object], {
      request: { user: physician.subject },
      nonceFor: physician.subject,
    });
    expect(await releases.release(anothers.call)).toMatchObject({ code: 'assertion' });
    expect(await releases.release((await people.viewer(stranger, [object])).call)).toMatchObject({ code: 'assertion' });
    const before = await people.viewer(leaver, [object]);
    const { subject, credential } = leaver;
    await people.perform(people.officers.slice(0, 1), { action: 'revoke', subject, credential, reason: 'left' });
    expect(await releases.release(before.call)).toMatchObject({ code: 'revoked' });
  });

  it('refuses a passkey that an administrator wrote into the database', async () => {
    const { object } = await people.object();
    const planted = new Passkey();
    await installation.asOwner((client) =>
      client.query(
        `insert into keystore.credential select $1, $2, role, $3, 0, statement, null, enrolled_at, null
           from keystore.credential where credential = $4`,
        [planted.credential, planted.subject, planted.publicKey, physician.credential],
      ),
    );
    expect(await releases.release((await people.viewer(planted, [object])).call)).toMatchObject({ code: 'assertion' });
  });

  it('refuses what policy denies, throws at or does not answer, with the reasons on record', async () => {
    const { object } = await people.object();
    const denials: [() => Promise<PolicyAnswer>, string][] = [
      [async () => ({ tag: 'deny', reasons: ['relationship', 'hours'] }), 'relationship'],
      [() => Promise.reject(new Error('broken')), 'policyFailed'],
      [() => new Promise(() => undefined), 'policyTimeout'],
    ];
    for (const [deny, reason] of denials) {
      answer = deny;
      const viewer = await people.viewer(physician, [object]);
      const outcome = await releases.release(viewer.call);
      expect(outcome).toMatchObject({ tag: 'refused', code: 'denied' });
      expect(outcome.tag === 'refused' ? outcome.reasons : []).toContain(reason);
      expect(await entriesOf(viewer.call.request.id)).toMatchObject([{ actor: physician.subject, outcome: 'refused' }]);
      answer = async () => ({ tag: 'permit' });
      expect(await releases.release(viewer.call)).toEqual(outcome);
    }
  });

  it('refuses what was never minted', async () => {
    const viewer = await people.viewer(physician, [newId(objectId), (await people.object()).object]);
    expect(await releases.release(viewer.call)).toMatchObject({ tag: 'refused', code: 'unknownObject' });
  });

  it('says when nobody witnessed, and stops routine releases after 15 minutes of that', async () => {
    const { object } = await people.object();
    installation.isWitnessUp = false;
    const viewer = await people.viewer(physician, [object]);
    const outcome = await releases.release(viewer.call);
    expect(outcome).toMatchObject({ tag: 'released', isWitnessed: false });
    await openRelease(viewer, outcome, installation);
    offsetMs = 16 * 60_000;
    const later = await people.viewer(physician, [object]);
    await expect(releases.release(later.call)).rejects.toMatchObject({ code: 'witnessGone' });
    const urgent = await people.viewer(physician, [object], { request: { breakGlass: 'lifeThreat' } });
    expect(await releases.release(urgent.call)).toMatchObject({ tag: 'released', isWitnessed: false });
    installation.isWitnessUp = true;
    expect(await releases.release(later.call)).toMatchObject({ tag: 'released', isWitnessed: true });
    expect(await entriesOf(later.call.request.id)).toHaveLength(1);
  });

  it('releases nothing that was shredded between the decision and its checkpoint', async () => {
    const { object, pseudonym } = await people.object();
    const ports = productionPorts(context, { party, policy, requests: people.requests });
    const slow = new Releases({
      ...ports,
      log: {
        ...{ prove: (index) => context.log.prove(index), unwitnessedSince: () => context.log.unwitnessedSince() },
        cover: async () => {
          await people.perform(people.officers, { action: 'shred', pseudonym, object });
          return context.log.cover();
        },
      },
    });
    const viewer = await people.viewer(physician, [object]);
    expect(await slow.release(viewer.call)).toMatchObject({ tag: 'refused', code: 'unknownObject' });
    expect(await releases.release(viewer.call)).toMatchObject({ tag: 'refused', code: 'unknownObject' });
  });

  it('takes requests in one form only', async () => {
    const [one, two] = [(await people.object()).object, (await people.object()).object].sort();
    const { call } = await people.viewer(
      physician,
      [one, two].filter((id) => id !== undefined),
    );
    expect(releaseCall.safeParse(call).success).toBe(true);
    const changed = (request: object) =>
      releaseCall.safeParse({ ...call, request: { ...call.request, ...request } }).success;
    expect(changed({ objects: [two, one] })).toBe(false);
    expect(changed({ objects: [one, one] })).toBe(false);
    expect(changed({ objects: [] })).toBe(false);
    expect(changed({ viewerKey: '_'.repeat(1622) })).toBe(false);
    expect(changed({ expiry: '2026-02-30T00:00:00Z' })).toBe(false);
    expect(changed({ purpose: 'curiosity' })).toBe(false);
    expect(changed({ more: 1 })).toBe(false);
  });
});

describe('a release that two must sign', () => {
  const releasing = (twoApprovers: 'none' | 'breakGlass' | 'all') =>
    new Releases(productionPorts(context, { party, policy, requests: people.requests, twoApprovers }));

  it('is refused without the second, on record, exactly where the clinic wants two', async () => {
    const { object } = await people.object();
    const urgent = { request: { breakGlass: 'lifeThreat' as const } };
    const cases = [
      ['none', {}, 'released'],
      ['none', urgent, 'released'],
      ['breakGlass', {}, 'released'],
      ['breakGlass', urgent, 'refused'],
      ['all', {}, 'refused'],
      ['all', urgent, 'refused'],
    ] as const;
    for (const [mode, changes, tag] of cases) {
      const viewer = await people.viewer(physician, [object], changes);
      const outcome = await releasing(mode).release(viewer.call);
      expect(outcome).toMatchObject(tag === 'refused' ? { tag, code: 'denied', reasons: ['twoApprovers'] } : { tag });
      expect(await entriesOf(viewer.call.request.id)).toMatchObject([{ actor: physician.subject }]);
    }
  });

  it('names both, and moves both counters', async () => {
    const { object } = await people.object();
    const [officer] = people.officers;
    if (!officer) throw new Error('there are officers');
    for (const approver of [officer, await people.physician()]) {
      const viewer = await people.viewer(physician, [object], { approver });
      const outcome = await releasing('all').release(viewer.call);
      expect((await openRelease(viewer, outcome, installation)).size).toBe(1);
      expect(await entriesOf(viewer.call.request.id)).toMatchObject([
        { actor: `${physician.subject}+${approver.subject}`, role: 'physician' },
      ]);
      const again = await people.viewer(physician, [object], { approver });
      const stale = approver.assert(hashRequest(again.call.request), { counter: approver.counter ?? 0 });
      expect(await releasing('all').release({ ...again.call, approval: stale })).toMatchObject({ tag: 'released' });
      const counted = await people.viewer(physician, [object], { approver });
      const replayed = approver.assert(hashRequest(counted.call.request), { counter: 1 });
      expect(await releasing('all').release({ ...counted.call, approval: replayed })).toMatchObject({
        code: 'assertion',
      });
    }
  });

  it('is refused when the second is the first, a stranger, revoked, or signed something else', async () => {
    const { object } = await people.object();
    const [leaver, stranger, other] = [await people.physician(), new Passkey(), await people.physician()];
    const leaving = await people.viewer(physician, [object], { approver: leaver });
    const { subject, credential } = leaver;
    await people.perform(people.officers.slice(0, 1), { action: 'revoke', subject, credential, reason: 'left' });
    const refusing = async (call: typeof leaving.call, code: string) =>
      expect(await releasing('none').release(call)).toMatchObject({ tag: 'refused', code });
    await refusing(leaving.call, 'revoked');
    await refusing((await people.viewer(physician, [object], { approver: physician })).call, 'assertion');
    await refusing((await people.viewer(physician, [object], { approver: stranger })).call, 'assertion');
    const { call } = await people.viewer(physician, [object], { approver: other });
    const elsewhere = await people.viewer(physician, [object], { approver: other });
    await refusing({ ...call, approval: elsewhere.call.approval }, 'assertion');
    const anothers = await people.viewer(physician, [object], {
      approver: other,
      request: { approver: leaver.subject },
    });
    await refusing(anothers.call, 'assertion');
  });

  it('takes an approval exactly where somebody approves', async () => {
    const { object } = await people.object();
    const { call } = await people.viewer(physician, [object], { approver: await people.physician() });
    expect(releaseCall.safeParse(call).success).toBe(true);
    expect(releaseCall.safeParse({ ...call, approval: null }).success).toBe(false);
    expect(releaseCall.safeParse({ ...call, request: { ...call.request, approver: null } }).success).toBe(false);
  });
});
