import type { EntryDraft, ProvenEntry } from '@sotto/audit';
import { staffId } from '@sotto/protocol/ids';
import type { Act } from '@sotto/protocol/keystore';
import { type RelyingParty, verifyAssertion } from '@sotto/service/assertion';
import type { Bytes } from '../bytes.ts';
import { sha256, toBase64url, utf8 } from '../bytes.ts';
import type { ShredJournal } from '../keys/shredJournal.ts';
import type { KeystoreContext } from '../keystoreContext.ts';
import { entryOf } from '../log/entry.ts';
import { isAlive } from '../nonces.ts';
import type { SigningPolicy, SigningQuestion } from '../release/policy.ts';
import { isSameRequest, type RecordedRequest, type RequestLedger, type SignedBy } from '../requestLedger.ts';
import { isInTime } from '../signedExpiry.ts';
import { payloadHash, type Statement } from '../statement.ts';
import { type ActCall, hashAct, nonceHolderOf, subjectOf } from './act.ts';
import { findClinician, officerRole } from './clinician.ts';
import { activeOfficers, fewestOfficers } from './enrolment.ts';
import { verifyNewKey } from './newKey.ts';
import { isWaiting } from './pendingEnrolments.ts';
import { type Plan, planOf } from './plan.ts';

export type ActOutcome =
  /** `statement` is what others rely on; null for a legal hold, which the log alone has. */
  | { readonly tag: 'done'; readonly statement: Statement<unknown> | null; readonly proof: ProvenEntry }
  | { readonly tag: 'refused'; readonly code: string };

export interface ActPorts {
  readonly context: KeystoreContext;
  readonly requests: RequestLedger;
  readonly journal: ShredJournal;
  readonly party: RelyingParty;
  readonly policy: SigningPolicy;
}

const unverified = { newcomerCounter: 0, role: '' } as const;

type Checked =
  | { readonly refusal: string }
  | {
      readonly refusal: null;
      readonly signedBy: readonly SignedBy[];
      /** Of those who sign. */
      readonly role: string;
      /** The counter of the passkey that is enrolled. */
      readonly newcomerCounter: number;
    };

/** The acts of officers (SPEC.md section 6): checked, recorded, and done in the same transaction. */
export class Acts {
  readonly #ports: ActPorts;

  constructor(ports: ActPorts) {
    this.#ports = ports;
  }

  /**
   * Does what officers signed. The same act again gives the same outcome, done once.
   *
   * @throws LogStopped or the driver's error: ask the same again
   */
  perform(call: ActCall): Promise<ActOutcome> {
    return this.#perform(call, async () =>
      call.act.by.length === 0 ? { refusal: 'notOnHost' } : this.#check(call, new Date(this.#ports.context.now())),
    );
  }

  /** Enrols one of the first two officers: nobody signs but the new passkey. For the keystore's own host alone. */
  performOnHost(call: ActCall): Promise<ActOutcome> {
    const { context } = this.#ports;
    return this.#perform(call, async () => {
      const { act } = call;
      const isOfficer = act.action === 'enrol' && act.by.length === 0 && act.entry.role === officerRole;
      const isFirst = isOfficer && (await activeOfficers(context, context.database)).size < fewestOfficers;
      return isFirst ? this.#check(call, context.now()) : { refusal: 'notFirst' };
    });
  }

  async #perform({ act }: ActCall, check: () => Promise<Checked>): Promise<ActOutcome> {
    const { context, requests } = this.#ports;
    const hash = hashAct(act);
    const known = await requests.find(act.id);
    if (known) return this.#finish(act, hash, known);
    const checked = await check();
    const at = context.now();
    const isValid = checked.refusal === null;
    const { newcomerCounter, role } = isValid ? checked : unverified;
    const plan = planOf(context, act, { newcomerCounter, role, at });
    const recorded = await requests.record({
      ...{ id: act.id, hash, subject: nonceHolderOf(act), nonce: act.nonce, refusal: checked.refusal, at },
      signedBy: isValid ? checked.signedBy : [],
      entries: (refusal) => [entryFor(act, plan, refusal, isValid ? role : null, at)],
      notices: (refusal, index) => (refusal === null && plan.told !== null ? [{ ...plan.told, index, at }] : []),
      apply: (transaction) => plan.apply(transaction),
    });
    return this.#finish(act, hash, recorded);
  }

  async #finish(act: Act, hash: Bytes, recorded: RecordedRequest): Promise<ActOutcome> {
    const { context, journal } = this.#ports;
    if (!isSameRequest(recorded, hash)) return { tag: 'refused', code: 'conflict' };
    await context.log.cover();
    if (recorded.refusal !== null) return { tag: 'refused', code: recorded.refusal };
    const { statement, receipt } = planOf(context, act, { ...unverified, at: recorded.recordedAt });
    if (receipt !== null) await journal.append(receipt());
    return { tag: 'done', statement: statement?.() ?? null, proof: await context.log.prove(recorded.firstIndex) };
  }

  async #check(call: ActCall, at: Date): Promise<Checked> {
    const { context } = this.#ports;
    const { act } = call;
    if (!isInTime(act.expiry, at)) return { refusal: 'expired' };
    if (!(await isAlive(context.database, act.nonce, nonceHolderOf(act), at))) return { refusal: 'nonce' };
    const challenge = hashAct(act);
    const signers = await this.#signers(call, challenge, at);
    const newcomerCounter = await this.#newcomer(call, at);
    if (act.clinic !== context.clinic || signers === null || newcomerCounter === null) return { refusal: 'assertion' };
    return { refusal: null, ...signers, newcomerCounter };
  }

  /** Null unless each of those who sign may sign for that, and isn't the one whom it is about. */
  async #signers(
    { act, assertions }: ActCall,
    challenge: Bytes,
    at: Date,
  ): Promise<{ signedBy: SignedBy[]; role: string } | null> {
    const { context, party } = this.#ports;
    const signedBy: SignedBy[] = [];
    const signers: SigningQuestion['signer'][] = [];
    for (const [position, assertion] of assertions.entries()) {
      const signer = await findClinician(context.database, context.statements, assertion.credential);
      if (signer === null || signer.isRevoked || signer.entry.subject !== act.by[position]) return null;
      if (signer.entry.subject === subjectOf(act)) return null;
      const verdict = verifyAssertion(assertion, { challenge, party, key: signer });
      if (verdict.tag === 'invalid') return null;
      signedBy.push({ of: 'clinician', credential: assertion.credential, counter: verdict.counter });
      signers.push({ kind: 'staff', subject: signer.entry.subject, role: signer.entry.role });
    }
    const role = [...new Set(signers.map((one) => one.role))].sort().join('+');
    return mayTheySign(this.#ports.policy, act, signers, at) ? { signedBy, role } : null;
  }

  /**
   * The new passkey's counter, 0 where there is none; null if it doesn't prove itself, is another than the act's,
   * or of a clinician isn't the very one that waits.
   */
  async #newcomer({ act, newcomer }: ActCall, at: Date): Promise<number | null> {
    if (!('entry' in act) || newcomer === null) return 0;
    const { context, party } = this.#ports;
    const { enrolment } = newcomer;
    const isOfVisit = act.action !== 'enrolPatient' || (enrolment.of === 'patient' && enrolment.visit === act.visit);
    const isTheActs = isOfVisit && payloadHash(enrolment.entry) === payloadHash(act.entry);
    const verdict = verifyNewKey(newcomer, { clinic: context.clinic, party, now: at });
    if (!isTheActs || verdict.tag !== 'proven') return null;
    // A patient's key is signed for in the visit, by whom the patient sees.
    const isKnown = enrolment.of === 'patient' || (await isWaiting(context.database, enrolment));
    return isKnown ? verdict.counter : null;
  }
}

/** Whom an act is about, as policy is asked. */
function aboutOf(act: Act): SigningQuestion['about'] {
  if ('entry' in act) return 'subject' in act.entry ? { staff: act.entry.subject } : { patient: act.entry.pseudonym };
  if ('whom' in act) {
    const { data: staff } = staffId.safeParse(act.whom);
    return staff === undefined ? { everybody: true } : { staff };
  }
  return 'subject' in act ? { staff: act.subject } : { patient: act.pseudonym };
}

/** Whether each of those who sign may, by the clinic's policies; without a visit one of them has to be who oversees that. */
function mayTheySign(
  policy: SigningPolicy,
  act: Act,
  signers: readonly SigningQuestion['signer'][],
  at: Date,
): boolean {
  const may = (action: SigningQuestion['action']) => (signer: SigningQuestion['signer']) =>
    policy.maySign({ signer, action, about: aboutOf(act), at });
  return signers.every(may(act.action)) && (act.action !== 'assist' || signers.some(may('overseeAssist')));
}

/** @param role of those who signed; null unless their signatures are valid */
function entryFor(act: Act, plan: Plan, refusal: string | null, role: string | null, at: Date): EntryDraft {
  const isVerified = role !== null;
  const onHost = act.by.length === 0;
  const signer = onHost ? { actor: 'host', role: 'host' } : { actor: act.by.join('+'), role: role ?? '' };
  const actor = isVerified ? signer : { actor: 'unverified', role: 'unverified' };
  // Strangers don't get to write into patients' histories.
  const { action, resource, after, patient } = plan.entry;
  const about = isVerified ? { resource, patient } : { resource: `request:${act.id}`, patient: null };
  const came =
    refusal === null
      ? { after, outcome: 'allowed' as const }
      : { after, before: toBase64url(sha256(utf8(refusal))), outcome: 'refused' as const };
  return entryOf(at, { ...actor, ...about, ...came, action, session: act.id });
}
