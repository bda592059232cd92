import {
  type Consent,
  consentOctets,
  maxConsents,
  type RecordingTerms,
  type SignedConsent,
  termsOctets,
} from '@sotto/protocol/consent';
import type { LeafThumbprint, RecordingId } from '@sotto/protocol/ids';
import type { RecordingMessage } from './applicationMessage.ts';
import { type Asked, type ConsentLanguage, stateOf } from './askedRecording.ts';
import { leavesOf, mayAsk, ownLeaf } from './consentRoster.ts';
import { CallCryptoError } from './errors.ts';
import type { Group } from './group.ts';
import { credentialOf } from './identity.ts';
import { leafRefOf } from './leafMember.ts';
import { fromBase64url, sameOctets, sha256, toBase64url } from './octets.ts';
import type { LeafRef } from './outcomes.ts';
import { RecorderWord } from './recorderWord.ts';
import type { RecordingMark, RecordingProgress, RecordingState } from './recordingState.ts';
import type { RosterLeaf } from './roster.ts';

type Octets = Uint8Array<ArrayBuffer>;

export interface RecordingConsentOptions {
  /** Unix ms. */
  now: () => number;
  /** Ms that only grow. */
  monotonic: () => number;
  /** By this leaf's key. */
  sign: (octets: Octets) => Promise<Uint8Array>;
  verify: (key: Uint8Array, octets: Octets, signature: Uint8Array) => Promise<boolean>;
  visit: Pick<RecordingTerms, 'clinic' | 'visit'>;
  /** At each change. Null when there is no recording any more that concerns this leaf. */
  tell: (state: RecordingState) => void;
  /** `messages` has something to be sent. */
  due: () => void;
}

type Outgoing = 'ask' | 'answer' | 'withdrawal' | 'state';

/**
 * Who has agreed to be recorded, and whether it happens: one recording at a time; SPEC.md section 6.3. Everything that is
 * taken here comes from members whose signature MLS has verified.
 */
export class RecordingConsent {
  readonly #options: RecordingConsentOptions;
  #asked: Asked | null = null;
  #roster: readonly RosterLeaf[] = [];
  #self: LeafRef | null = null;
  readonly #outbox = new Set<Outgoing>();

  constructor(options: RecordingConsentOptions) {
    this.#options = options;
  }

  /** Whether frames of this leaf may go to the recorder now. */
  mayRecord(leaf: LeafThumbprint): boolean {
    const asked = this.#asked;
    return asked?.isOwn === true && asked.progress.tag === 'recording' && asked.consents.has(leaf);
  }

  /**
   * Asks everybody, and says yes for this leaf. The same terms again, by a new leaf of the same person, go on with the
   * same recording.
   *
   * @throws CallCryptoError `wrongState` unless this leaf is a clinician's whom the directory knows, others are here, and
   *   nobody else's recording is open; and for terms that aren't this leaf's to ask
   */
  async ask(group: Group, terms: RecordingTerms, language: ConsentLanguage): Promise<void> {
    const own = ownLeaf(group);
    const { clinic, visit } = this.#options.visit;
    const isMine = terms.askedBy === own.claims.sub && terms.clinic === clinic && terms.visit === visit;
    const isFree = this.#asked === null || this.#asked.isOwn || this.#asked.progress.tag === 'stopped';
    if (!isMine || !mayAsk(own) || group.roster.length < 2 || !isFree) throw new CallCryptoError('wrongState');
    this.#follow(group);
    const asker = leafRefOf(own);
    const hash = await hashOf(terms);
    this.#asked = {
      ...{
        terms,
        hash,
        asker,
        isOwn: true,
        own: 'yes',
        language,
        hasRun: false,
        word: new RecorderWord(this.#options.monotonic),
      },
      progress: { tag: 'asking' },
      consents: new Map(),
    };
    await this.#consent(group, this.#asked);
    this.#say('ask', 'answer');
    this.#settle();
  }

  /** The user's answer. Nothing happens unless that recording waits for it. @param language in which they were asked */
  answer(recording: RecordingId, isYes: boolean, language: ConsentLanguage): void {
    const asked = this.#open(recording);
    if (asked === null || asked.isOwn || asked.own !== 'asked') return;
    asked.own = isYes ? 'yes' : 'no';
    asked.language = language;
    this.#say('answer');
    if (!isYes && this.#self !== null) this.#stop(asked, 'refused', this.#self);
    this.#tell();
  }

  /** Nobody is recorded any more. Whoever asked stops it so too. */
  withdraw(recording: RecordingId): void {
    const asked = this.#open(recording);
    if (asked === null || this.#self === null) return;
    if (asked.isOwn) this.#stop(asked, 'asker', this.#self);
    else {
      asked.own = 'withdrawn';
      this.#say('withdrawal');
      this.#stop(asked, 'withdrawn', this.#self);
    }
    this.#tell();
  }

  /**
   * The recorder is ready: from now on frames may go to it, while everybody agrees.
   *
   * @throws CallCryptoError `wrongState` unless this leaf has asked and everybody has said yes once
   */
  begin(): void {
    const asked = this.#asked;
    if (asked?.isOwn !== true || asked.progress.tag === 'stopped' || asked.progress.tag === 'asking') {
      throw new CallCryptoError('wrongState');
    }
    asked.hasRun = true;
    this.#settle();
  }

  /** The recorder has ended, for whatever reason. */
  end(): void {
    const asked = this.#asked;
    if (asked?.isOwn === true && this.#self !== null) this.#stop(asked, 'asker', this.#self);
    this.#tell();
  }

  /**
   * What is to be sent now, in this order. A yes is signed over the roster of this moment.
   *
   * @param again also what was said before: it may have been lost on the way
   */
  async messages(group: Group, again: boolean): Promise<RecordingMessage[]> {
    this.#follow(group);
    const asked = this.#asked;
    if (asked === null) return [];
    if (again) this.#sayAll(asked);
    const due = new Set(this.#outbox);
    this.#outbox.clear();
    const { recording } = asked.terms;
    const messages: RecordingMessage[] = [];
    if (due.has('ask')) messages.push({ type: 'recordingAsk', body: { terms: asked.terms } });
    // A yes to what is over by now isn't said any more.
    const isYesLate = asked.own === 'yes' && !asked.isOwn && asked.progress.tag === 'stopped';
    if (due.has('answer') && asked.own !== 'withdrawn' && !isYesLate) {
      const signed = asked.own === 'yes' ? await this.#consent(group, asked) : null;
      messages.push({ type: 'recordingAnswer', body: { recording, signed } });
    }
    if (due.has('withdrawal')) messages.push({ type: 'recordingWithdrawal', body: { recording } });
    if (asked.isOwn && due.size > 0) asked.word.given();
    if (due.has('state')) messages.push({ type: 'recordingState', body: { recording, mark: this.#mark(asked) } });
    if (due.has('answer')) this.#tell();
    return messages;
  }

  /** @param epoch in which it was said: the group's, or one before. @returns whether it was of any use */
  async take(sender: RosterLeaf, group: Group, epoch: number, message: RecordingMessage): Promise<boolean> {
    this.#follow(group);
    const by = leafRefOf(sender);
    if (this.#asked?.terms.askedBy === by.participantId && this.#asked.word.given()) this.#tell();
    if (message.type === 'recordingAsk') return this.#takeAsk(sender, message.body.terms);
    const asked = this.#asked;
    if (asked?.terms.recording !== message.body.recording) return false;
    switch (message.type) {
      case 'recordingAnswer': {
        const { signed } = message.body;
        if (signed === null) return this.#takeNo(asked, 'refused', by);
        const isCurrent = epoch === group.epoch;
        if (asked.progress.tag === 'stopped' || !(await this.#isGood(asked, sender, signed, isCurrent))) return false;
        if (this.#asked !== asked || (asked.consents.size >= maxConsents && !asked.consents.has(by.leaf))) return false;
        asked.consents.set(by.leaf, signed);
        this.#settle();
        return true;
      }
      case 'recordingWithdrawal':
        return this.#takeNo(asked, 'withdrawn', by);
      case 'recordingState':
        return this.#takeMark(asked, by, message.body.mark);
    }
  }

  /** The group is in another epoch, or another one. @param hasNewcomers somebody may not know what was said before */
  follow(group: Group, hasNewcomers: boolean): void {
    this.#follow(group);
    const asked = this.#asked;
    if (asked === null) return;
    if (hasNewcomers && asked.progress.tag !== 'stopped') this.#sayAll(asked);
    const isGone = !this.#roster.some(({ claims }) => claims.jkt === asked.asker.leaf);
    if (isGone && asked.progress.tag !== 'stopped') asked.progress = { tag: 'interrupted' };
    this.#settle();
  }

  /** To be called about once a second while this leaf is in a group. */
  tick(): void {
    const asked = this.#asked;
    if (asked?.progress.tag !== 'recording') return;
    if (asked.isOwn && asked.word.isDue) this.#say('state');
    if (!asked.isOwn && asked.word.hasRunOut()) this.#tell();
  }

  /** This leaf is in no group any more: it neither records nor is recorded. */
  leave(): void {
    this.#outbox.clear();
    this.#roster = [];
    const asked = this.#asked;
    if (asked === null) return;
    if (asked.progress.tag !== 'stopped') asked.progress = { tag: 'interrupted' };
    this.#tell();
  }

  async #takeAsk(sender: RosterLeaf, terms: RecordingTerms): Promise<boolean> {
    const { clinic, visit } = this.#options.visit;
    const isTheirs = terms.askedBy === sender.claims.sub && terms.clinic === clinic && terms.visit === visit;
    if (!isTheirs || !mayAsk(sender)) return false;
    const hash = await hashOf(terms);
    const by = leafRefOf(sender);
    const known = this.#asked;
    if (known?.terms.recording === terms.recording) {
      if (known.hash !== hash || known.isOwn) return false;
      known.asker = by;
      if (known.progress.tag === 'interrupted') known.progress = { tag: known.hasRun ? 'paused' : 'asking' };
      // The page that asks again may not have heard that it's over: nobody's earlier yes lets it go on.
      if (known.progress.tag === 'stopped') this.#object(known);
      else if (known.own !== 'asked') this.#say('answer');
      this.#settle();
      return true;
    }
    // One at a time; but whose page has forgotten the one before asks anew.
    const isOpen = known !== null && known.progress.tag !== 'stopped';
    if (isOpen && known.terms.askedBy !== by.participantId) return false;
    this.#outbox.clear();
    this.#asked = {
      ...{
        terms,
        hash,
        asker: by,
        isOwn: false,
        own: 'asked',
        language: 'en',
        hasRun: false,
        word: new RecorderWord(this.#options.monotonic),
      },
      progress: { tag: 'asking' },
      consents: new Map(),
    };
    this.#tell();
    return true;
  }

  #takeNo(asked: Asked, why: 'refused' | 'withdrawn', by: LeafRef): boolean {
    if (by.participantId === asked.terms.askedBy) return false;
    if (asked.progress.tag !== 'stopped') this.#stop(asked, why, by);
    // Who asks that again after a rejoin hasn't heard it yet.
    else if (asked.isOwn) this.#say('state');
    this.#tell();
    return true;
  }

  #takeMark(asked: Asked, by: LeafRef, mark: RecordingMark): boolean {
    if (asked.isOwn || by.participantId !== asked.terms.askedBy) return false;
    const { progress } = asked;
    asked.asker = by;
    if (progress.tag === 'stopped' && mark.tag !== 'stopped') {
      this.#object(asked);
      // Whoever has confirmed that nothing runs, and then records, is seen to record.
      if (mark.tag === 'recording' && progress.isConfirmed) {
        asked.hasRun = true;
        asked.progress = mark;
      }
    } else if (progress.tag === 'stopped') {
      asked.progress = { ...progress, isConfirmed: true };
    } else if (mark.tag === 'stopped') {
      asked.progress = { tag: 'stopped', why: 'asker', by, isConfirmed: true };
    } else {
      if (mark.tag === 'recording') asked.hasRun = true;
      asked.progress = mark.tag === 'recording' ? mark : { tag: asked.hasRun ? 'paused' : 'asking' };
    }
    this.#tell();
    return true;
  }

  async #isGood(asked: Asked, { claims, node }: RosterLeaf, signed: SignedConsent, isCurrent: boolean) {
    const { consent, key, credential, signature } = signed;
    const octets = fromBase64url(key);
    if (consent.terms !== asked.hash || consent.leaf !== claims.jkt || !consent.leaves.includes(claims.jkt))
      return false;
    if (isCurrent && consent.leaves.join() !== leavesOf(this.#roster).join()) return false;
    if (!sameOctets(octets, node.signaturePublicKey) || credential !== credentialOf(node)) return false;
    return this.#options.verify(octets, consentOctets(consent), fromBase64url(signature)).catch(() => false);
  }

  /** This leaf's yes, over the roster of this moment. */
  async #consent(group: Group, asked: Asked): Promise<SignedConsent> {
    const { claims, node } = ownLeaf(group);
    const consent: Consent = {
      type: 'sotto/consent/v1',
      terms: asked.hash,
      leaf: claims.jkt,
      leaves: leavesOf(group.roster),
      language: asked.language,
      givenAt: `${new Date(this.#options.now()).toISOString().slice(0, 19)}Z`,
    };
    const signature = toBase64url(await this.#options.sign(consentOctets(consent)));
    const key = toBase64url(node.signaturePublicKey);
    const credential = credentialOf(node);
    if (credential === null) throw new CallCryptoError('wrongState');
    const signed = { consent, key, credential, signature };
    // The evidence keeps the first that was said.
    if (!asked.consents.has(claims.jkt)) asked.consents.set(claims.jkt, signed);
    return signed;
  }

  /** Of one's own recording: what follows from who is here and has said yes. */
  #settle(): void {
    const asked = this.#asked;
    if (asked?.isOwn === true && asked.progress.tag !== 'stopped' && asked.progress.tag !== 'interrupted') {
      const before = asked.progress.tag;
      const isAgreed = this.#roster.every(({ claims }) => asked.consents.has(claims.jkt));
      if (asked.hasRun) asked.progress = isAgreed ? this.#running(asked.progress) : { tag: 'paused' };
      else asked.progress = { tag: isAgreed ? 'agreed' : 'asking' };
      if (asked.hasRun && asked.progress.tag !== before) this.#say('state');
    }
    this.#tell();
  }

  #running(progress: RecordingProgress): RecordingProgress {
    return progress.tag === 'recording' ? progress : { tag: 'recording', since: this.#options.now() };
  }

  #mark({ progress }: Asked): RecordingMark {
    if (progress.tag === 'recording') return progress;
    return { tag: progress.tag === 'stopped' ? 'stopped' : 'paused', since: this.#options.now() };
  }

  #stop(asked: Asked, why: 'asker' | 'refused' | 'withdrawn', by: LeafRef): void {
    if (asked.progress.tag === 'stopped') return;
    asked.progress = { tag: 'stopped', why, by, isConfirmed: asked.isOwn || !asked.hasRun };
    if (asked.isOwn) this.#say('state');
  }

  /** Whoever goes on with what is over here is to stop it. */
  #object({ own }: Asked): void {
    this.#say(own === 'no' ? 'answer' : 'withdrawal');
  }

  #sayAll(asked: Asked): void {
    if (asked.isOwn) this.#say('ask', 'answer', 'state');
    else if (asked.own === 'withdrawn') this.#say('withdrawal');
    else if (asked.progress.tag === 'stopped' && asked.own !== 'no') return;
    else if (asked.own !== 'asked') this.#say('answer');
  }

  #say(...messages: Outgoing[]): void {
    for (const message of messages) this.#outbox.add(message);
    this.#options.due();
  }

  #open(recording: RecordingId): Asked | null {
    const asked = this.#asked;
    return asked?.terms.recording === recording && asked.progress.tag !== 'stopped' ? asked : null;
  }

  #follow(group: Group): void {
    this.#roster = group.roster;
    this.#self = leafRefOf(ownLeaf(group));
  }

  #tell(): void {
    if (this.#asked !== null) this.#options.tell(stateOf(this.#asked, this.#roster));
  }
}

async function hashOf(terms: RecordingTerms): Promise<string> {
  return toBase64url(await sha256(termsOctets(terms)));
}
