import { createTokenVerifier } from '@sotto/protocol/credential';
import { visitId } from '@sotto/protocol/ids';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  Authenticator,
  type AuthenticatorOptions,
  encodeIdentity,
  type RefusedLeaf,
  thumbprint,
} from '../src/identity.ts';
import { toBase64url } from '../src/octets.ts';
import type { CredentialFault } from '../src/outcomes.ts';
import {
  type AssertionChanges,
  instantIn,
  type ProofChanges,
  type SoftClinician,
  SoftDirectory,
} from './softDirectory.ts';
import { Clinic, person } from './visit.ts';

const visit = visitId.parse('V'.repeat(22));
const physician = person('physician', 'Dr Ada Quist');
const leafKey = crypto.getRandomValues(new Uint8Array(32));

let clinic: Clinic;
let directory: SoftDirectory;
let ada: SoftClinician;
let leaf: Awaited<ReturnType<typeof thumbprint>>;
let refused: RefusedLeaf[] = [];
beforeAll(async () => {
  clinic = await Clinic.open();
  directory = await SoftDirectory.open(clinic.id);
  ada = await directory.enrol();
  leaf = await thumbprint(leafKey);
});

async function judge(
  changes: Partial<Pick<AuthenticatorOptions, 'trust' | 'requiresProof' | 'proven'>> = {},
): Promise<Authenticator> {
  refused = [];
  return new Authenticator({
    verifier: await createTokenVerifier([clinic.identityKey], clinic.id),
    clinicId: clinic.id,
    visitId: visit,
    trust: changes.trust === undefined ? directory.trust() : changes.trust,
    requiresProof: changes.requiresProof ?? false,
    proven: changes.proven ?? [],
    now: () => new Date(),
    onRefused: (one) => refused.push(one),
  });
}

interface Shown {
  who?: typeof physician;
  by?: SoftClinician;
  claims?: Record<string, unknown>;
  proof?: ProofChanges | null;
}

/** What a leaf shows: the api's word, which holds unless a test says otherwise, and a proof. */
async function identityOf({ who = physician, by = ada, claims = {}, proof = {} }: Shown = {}): Promise<Uint8Array> {
  const { credential } = await clinic.grant(visit, who, leaf, claims);
  return encodeIdentity({ credential, proof: proof === null ? null : await by.prove(visit, leaf, proof) });
}

async function verdictOn(shown: Shown, authenticator?: Authenticator): Promise<string> {
  const verdict = await (authenticator ?? (await judge())).check(await identityOf(shown), leafKey);
  return verdict.tag === 'valid' ? verdict.tag : verdict.reason;
}

describe('a clinician’s proof', () => {
  test('makes the leaf a clinician’s whom the directory knows, no longer than both words last', async () => {
    const inOneHour = Math.floor(Date.now() / 1000) + 3_600;
    for (const [expiry, exp, until] of [
      [instantIn(3_600), inOneHour + 9_000, inOneHour],
      [instantIn(7_200), inOneHour - 1_800, inOneHour - 1_800],
    ] as const) {
      const verdict = await (await judge()).check(await identityOf({ claims: { exp }, proof: { expiry } }), leafKey);
      if (verdict.tag !== 'valid') throw new Error(verdict.reason);
      expect(verdict.claims.clinician).toEqual({ subject: ada.subject, licence: '28/123456' });
      expect(verdict.claims.exp - until).toBeLessThanOrEqual(1);
      expect(until - verdict.claims.exp).toBeLessThanOrEqual(1);
    }
  });

  test('isn’t there: then the api alone vouches, unless the clinic demands one of its physicians', async () => {
    const verdict = await (await judge()).check(await identityOf({ proof: null }), leafKey);
    expect(verdict).toMatchObject({ tag: 'valid', claims: { clinician: null } });
    const strict = await judge({ requiresProof: true });
    expect(await verdictOn({ proof: null }, strict)).toBe('noProof');
    expect(await verdictOn({ proof: null, who: person('patient', 'Noor Vale') }, strict)).toBe('valid');
    expect(await verdictOn({}, strict)).toBe('valid');
  });

  test('is worth nothing without the api’s word for the same leaf, visit and time', async () => {
    expect(await verdictOn({ claims: { vis: 'A'.repeat(22) } })).toBe('otherVisit');
    expect(await verdictOn({ claims: { jkt: 'A'.repeat(43) } })).toBe('otherLeaf');
    expect(await verdictOn({ claims: { exp: Math.floor(Date.now() / 1000) - 120 } })).toBe('expired');
  });

  const flags = (value: number): AssertionChanges => ({ flags: value });
  test.each<[string, CredentialFault, ProofChanges]>([
    [
      'an entry with another role after it was signed',
      'forgedEntry',
      { spoil: (text) => text.replace('physician', 'privacyOfficer') },
    ],
    [
      'an entry with another key after it was signed',
      'forgedEntry',
      { spoil: (text) => text.replace(/publicKey":"..../u, 'publicKey":"BAAA') },
    ],
    ['an entry with a space more', 'forgedEntry', { spoil: (text) => text.replace('{', '{ ') }],
    ['a statement of another kind', 'forgedEntry', { entry: { type: 'sotto/clinician-revoked/v1' } }],
    ['an entry with a member that is unknown', 'forgedEntry', { entry: { also: 1 } }],
    ['another clinic’s entry', 'otherClinic', { entry: { clinic: 'A'.repeat(22) } }],
    ['a nurse’s entry', 'otherRole', { entry: { role: 'nurse' } }],
    ['a privacy officer’s entry', 'otherRole', { entry: { role: 'privacyOfficer' } }],
    ['a proof whose time is over', 'proofTime', { expiry: instantIn(-120) }],
    ['a proof for longer than 12 hours', 'proofTime', { expiry: instantIn(12 * 3_600 + 300) }],
    ['what was signed for another leaf', 'challenge', { claim: { leaf: 'A'.repeat(43) } }],
    ['what was signed for another visit', 'challenge', { claim: { visit: 'A'.repeat(22) } }],
    ['what was signed for another clinic', 'challenge', { claim: { clinic: 'A'.repeat(22) } }],
    ['what was signed for another time', 'challenge', { claim: { expiry: instantIn(60) } }],
    ['what was signed as an act', 'challenge', { label: 'sotto/act/v1' }],
    ['what was signed as a release', 'challenge', { label: 'sotto/release/v1' }],
    ['a passkey that was made, not used', 'malformed', { type: 'webauthn.create' }],
    ['what was signed on another site’s page', 'origin', { origin: 'https://clinic.example.evil.example' }],
    ['what was signed on a page whose name only ends like it', 'origin', { origin: 'https://evilclinic.example' }],
    ['what was signed on a page without TLS', 'origin', { origin: 'http://clinic.example' }],
    ['an origin with more behind it', 'origin', { origin: 'https://clinic.example/a' }],
    ['what was signed in a frame of another site', 'origin', { crossOrigin: true }],
    ['what was signed below another site’s page', 'origin', { topOrigin: 'https://evil.example' }],
    ['another site’s passkey', 'rpId', { rpId: 'evil.example' }],
    ['an answer without a person', 'userPresence', flags(0x04)],
    ['an answer without fingerprint, face or code', 'userVerification', flags(0x01)],
    ['a backup of what can’t be backed up', 'backupState', flags(0x15)],
    ['extensions that aren’t there', 'malformed', flags(0x85)],
    ['another passkey’s name', 'signature', { credential: 'A'.repeat(32) }],
  ])('with %s is refused as %s', async (_, reason, proof) => {
    expect(await verdictOn({ proof })).toBe(reason);
  });

  test('signed by another passkey than the entry’s is refused', async () => {
    const { passkey: other } = await directory.enrol();
    expect(await verdictOn({ proof: { signer: other, credential: ada.passkey.credential } })).toBe('signature');
    expect(await verdictOn({ proof: { signer: other } })).toBe('signature');
    expect(await verdictOn({ proof: { signer: other, credential: other.credential } })).toBe('signature');
  });

  test('counts by the keystore that is known here, and by none where none is', async () => {
    const other = await SoftDirectory.open(clinic.id);
    expect(await verdictOn({ by: await other.enrol(ada.subject) })).toBe('forgedEntry');
    expect(await verdictOn({}, await judge({ trust: other.trust() }))).toBe('forgedEntry');
    expect(await verdictOn({}, await judge({ trust: null }))).toBe('unknownKeystore');
    expect(await verdictOn({}, await judge({ trust: { ...directory.trust(), rpId: 'other.example' } }))).toBe('origin');
  });

  test('by a passkey that was revoked or replaced is refused, and by the one in its place taken', async () => {
    const trust = directory.trust([ada.passkey.credential]);
    expect(await verdictOn({}, await judge({ trust }))).toBe('revoked');
    expect(await verdictOn({ by: await directory.enrol(ada.subject) }, await judge({ trust }))).toBe('valid');
  });

  test('makes no patient and no guest a clinician', async () => {
    for (const role of ['patient', 'guest'] as const) {
      expect(await verdictOn({ who: person(role, 'Noor Vale') })).toBe('otherRole');
    }
  });

  test('binds a person to one clinician of the directory for as long as this leaf lives', async () => {
    const authenticator = await judge();
    const before = await authenticator.check(await identityOf(), leafKey);
    if (before.tag !== 'valid') throw new Error(before.reason);
    authenticator.remember([{ leafIndex: 0, claims: before.claims, node: {} as never }]);
    expect(await verdictOn({}, authenticator)).toBe('valid');
    expect(await verdictOn({ by: await directory.enrol(ada.subject) }, authenticator)).toBe('valid');
    expect(await verdictOn({ by: await directory.enrol() }, authenticator)).toBe('otherClinician');
    expect(await verdictOn({ proof: null }, authenticator)).toBe('otherClinician');
  });

  test('is told of with whom the api meant, when MLS is shown it', async () => {
    const authenticator = await judge();
    const show = async (identity: Uint8Array) =>
      authenticator.validateCredential({ credentialType: 'basic', identity }, leafKey);
    expect(await show(await identityOf())).toBe(true);
    expect(authenticator.takeRefusal()).toBe(false);
    expect(await show(await identityOf({ proof: { flags: 0x01 } }))).toBe(false);
    expect(authenticator.takeRefusal()).toBe(true);
    expect(await show(Uint8Array.of(1, 2, 0x7b))).toBe(false);
    expect(refused).toEqual([
      { leaf, person: { participantId: physician.participantId, role: 'physician' }, reason: 'userVerification' },
      { leaf, person: null, reason: 'malformed' },
    ]);
  });

  test('that was cut, padded, or has one octet changed anywhere proves nothing', async () => {
    const whole = await identityOf();
    const authenticator = await judge();
    const texts = [
      whole.subarray(0, -1),
      Uint8Array.of(...whole, 0x20, 0x7d),
      Uint8Array.of(1, 3, ...whole.subarray(2)),
    ];
    for (const identity of texts) expect((await authenticator.check(identity, leafKey)).tag).toBe('refused');
    for (let place = 0; place < whole.length; place += 7) {
      const changed = Uint8Array.from(whole);
      changed[place] = (changed[place] ?? 0) ^ 0x01;
      const verdict = await authenticator.check(changed, leafKey);
      expect([place, verdict.tag]).toEqual([place, 'refused']);
      expect(authenticator.claims({ credentialType: 'basic', identity: changed }, leafKey)).toBeNull();
    }
    expect((await authenticator.check(new Uint8Array(9_000), leafKey)).tag).toBe('refused');
    expect(toBase64url(whole).length).toBeLessThan(4_096);
  });
});
