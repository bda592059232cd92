import {
  type ApplicationMessage,
  type ChatApplicationMessage,
  type ComparisonMessage,
  encodeApplicationMessage,
  type RecordingMessage,
} from './applicationMessage.ts';
import { Chat } from './chat.ts';
import type { SayOutcome } from './chatState.ts';
import { Comparison } from './comparison.ts';
import type { Group } from './group.ts';
import { leafRefOf } from './leafMember.ts';
import type { Clocks } from './mediaKeys.ts';
import type { Mls, SignatureKeys } from './mls.ts';
import type { LeafRef } from './outcomes.ts';
import { RecordingConsent } from './recordingConsent.ts';
import type { RosterLeaf } from './roster.ts';
import type { CommandRequest, Tell } from './workerMessages.ts';

type Octets = Uint8Array<ArrayBuffer>;

export interface GroupTalkOptions {
  readonly visit: Pick<CommandRequest<'start'>, 'clinicId' | 'visitId'>;
  readonly clocks: Clocks;
  readonly tell: Tell;
  readonly signature: Mls['cs']['signature'];
  /** This leaf's. */
  readonly keys: SignatureKeys;
  readonly self: () => LeafRef;
  /** @throws CallCryptoError `wrongState` while there is none */
  readonly group: () => Group;
  readonly isSealing: () => boolean;
}

/** What members say to each other inside the group beyond names and tracks: codes, texts, what may be recorded. */
export class GroupTalk {
  readonly recording: RecordingConsent;
  readonly #options: GroupTalkOptions;
  readonly #comparison: Comparison;
  readonly #chat: Chat;
  #isInGroup = false;

  constructor(options: GroupTalkOptions) {
    const { clocks, keys, signature, tell, visit } = options;
    this.#options = options;
    const now = clocks.monotonic;
    const random = (length: number): Octets => crypto.getRandomValues(new Uint8Array(length));
    this.#chat = new Chat({
      ...{ now, random },
      tell(message) {
        tell('chat', message);
      },
      tellDelivery(delivery) {
        tell('chatDelivery', delivery);
      },
      due() {
        tell('chatDue', {});
      },
    });
    this.#comparison = new Comparison({
      ...{ now, random },
      tell(state) {
        tell('comparison', state);
      },
      due() {
        tell('comparisonDue', {});
      },
    });
    this.recording = new RecordingConsent({
      now: clocks.unix,
      monotonic: clocks.monotonic,
      sign: (octets) => signature.sign(keys.signKey, octets),
      verify: (key, octets, signed) => signature.verify(key, octets, signed),
      visit: { clinic: visit.clinicId, visit: visit.visitId },
      tell(state) {
        tell('recording', state);
      },
      due() {
        tell('recordingDue', {});
      },
    });
  }

  /** @param epoch in which it was said. @returns whether it was of any use */
  take(
    sender: RosterLeaf,
    epoch: number,
    message: ComparisonMessage | ChatApplicationMessage | RecordingMessage,
  ): Promise<boolean> {
    const group = this.#options.group();
    switch (message.type) {
      case 'comparisonStart':
      case 'comparisonCommitment':
      case 'comparisonReveal':
      case 'comparisonEnd':
        return this.#comparison.take(sender, group, epoch, message);
      case 'chatText':
      case 'chatReceived':
        return Promise.resolve(
          this.#chat.take(leafRefOf(sender), { ...this.#options.self(), leafIndex: group.ownIndex }, message),
        );
      case 'recordingAsk':
      case 'recordingAnswer':
      case 'recordingWithdrawal':
      case 'recordingState':
        return this.recording.take(sender, group, epoch, message);
    }
  }

  async compare(): Promise<void> {
    await this.#comparison.begin(this.#options.group());
  }

  comparisonMessages({ again }: CommandRequest<'comparisonMessages'>): Promise<{ messages: Octets[] }> {
    const group = this.#options.group();
    return this.#protect(group, this.#comparison.messages(again));
  }

  answerComparison({ round, answer }: CommandRequest<'answerComparison'>): void {
    this.#comparison.answer(round, answer, this.#options.self());
  }

  say({ text }: CommandRequest<'say'>): SayOutcome {
    this.#options.group();
    return this.#chat.say(text);
  }

  sayAgain({ id }: CommandRequest<'sayAgain'>): void {
    this.#chat.sayAgain(id);
  }

  async chatMessages({ again }: CommandRequest<'chatMessages'>): Promise<{ messages: Octets[] }> {
    const group = this.#options.group();
    // Whoever may not see and hear any more may not read either.
    if (!this.#options.isSealing()) return { messages: [] };
    return this.#protect(group, this.#chat.messages(again));
  }

  async askToRecord({ terms, language }: CommandRequest<'askToRecord'>): Promise<void> {
    await this.recording.ask(this.#options.group(), terms, language);
  }

  async recordingMessages({ again }: CommandRequest<'recordingMessages'>): Promise<{ messages: Octets[] }> {
    const group = this.#options.group();
    return this.#protect(group, await this.recording.messages(group, again));
  }

  /** The group is in another epoch, or it is another group. `recording` has followed by then: it waits for nothing. */
  async follow(group: Group, { isOther }: { readonly isOther: boolean }): Promise<void> {
    this.#isInGroup = true;
    await this.#comparison.follow(group, !isOther);
    this.#chat.follow(group);
  }

  leave(): void {
    this.#isInGroup = false;
    this.#comparison.leave();
    this.#chat.leave();
    this.recording.leave();
  }

  /** To be called about once a second. */
  tick(): void {
    this.#comparison.tick();
    if (!this.#isInGroup) return;
    this.#chat.tick();
    this.recording.tick();
  }

  /** Nothing that was said stays. */
  clear(): void {
    this.#chat.clear();
    this.recording.leave();
  }

  async #protect(group: Group, said: readonly ApplicationMessage[]): Promise<{ messages: Octets[] }> {
    const messages: Octets[] = [];
    for (const message of said) messages.push(await group.protect(encodeApplicationMessage(message)));
    return { messages };
  }
}
