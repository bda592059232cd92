import { CallCrypto, type CredentialFault } from '@sotto/e2ee';
import type { ClientConfig } from '@sotto/protocol/clinic';
import type { VisitId } from '@sotto/protocol/ids';
import { createBackoff, randomFraction } from './backoff.ts';
import type { ChatLog } from './chatLog.ts';
import type { ClinicDirectory } from './clinicDirectory.ts';
import type { Confirmer } from './confirmer.ts';
import type { FailureReason, LocalMedia, Self, VisitPhase } from './contract.ts';
import type { LeafLoss } from './groupSession.ts';
import type { Incidents } from './incidents.ts';
import { createMechanismChoice } from './mechanismChoice.ts';
import { createOwnStay } from './ownStay.ts';
import type { ProvenPeople } from './provenPeople.ts';
import type { StandingAdmissions } from './standingAdmissions.ts';
import type { TicketSource } from './ticketSource.ts';
import { openVisitSession, type VisitSession } from './visitSession.ts';
import { createWelcomePatience } from './welcomePatience.ts';

export interface SessionKeeperOptions {
  readonly tickets: TicketSource;
  readonly media: LocalMedia;
  readonly chat: ChatLog;
  readonly admissions: (visitId: VisitId) => StandingAdmissions;
  readonly onSelf: (self: Self) => void;
  readonly onPhase: (phase: VisitPhase) => void;
  readonly onFailed: (reason: FailureReason, fault?: CredentialFault) => void;
  readonly incidents: Pick<Incidents, 'keptOut' | 'refusedChange'>;
  /** What is known of the clinic's clinicians as a leaf begins. */
  readonly directory: (config: ClientConfig) => Promise<ClinicDirectory>;
  readonly prove: Confirmer['prove'];
  readonly proven: (visitId: VisitId) => ProvenPeople;
  readonly onCompared: (result: 'same' | 'different') => void;
  readonly onChange: () => void;
}

/** Keeps one session alive: opens it, and another one with a new leaf whenever the leaf is lost. */
export interface SessionKeeper {
  start(): void;
  /** Null while there is none: at the start, and between two leaves. */
  session(): VisitSession | null;
  admissions(): StandingAdmissions | null;
  /** Why the leaf before was lost, until a leaf stands in the group again. */
  lastLoss(): LeafLoss | null;
  /** Gives up this leaf for a new one, at once. */
  renew(): void;
  close(): void;
}

interface Place {
  readonly visitId: VisitId;
  readonly config: ClientConfig;
  readonly admissions: StandingAdmissions;
  readonly proven: ProvenPeople;
}

/** So many leaves lost in a row, none of which stood in the group for long, are no accident. */
const lossLimit = 5;
const stableMs = 20_000;

export function createSessionKeeper(options: SessionKeeperOptions): SessionKeeper {
  const backoff = createBackoff(400, 8_000, randomFraction);
  const patience = createWelcomePatience();
  const mechanisms = createMechanismChoice(() => CallCrypto.support());
  let place: Place | null = null;
  let session: VisitSession | null = null;
  let loss: LeafLoss | null = null;
  let losses = 0;
  let stableTimer: ReturnType<typeof setTimeout> | undefined;
  let openTimer: ReturnType<typeof setTimeout> | undefined;
  /** Counts the sessions, so that a late word of an earlier one is recognised. */
  let generation = 0;
  let closed = false;
  /** A new leaf asks for a ticket, and so whether the end was put off; the keys of the one before are gone by then. */
  const stay = createOwnStay(renew, endStay);

  function endStay(): void {
    options.onPhase({ tag: 'ended', reason: 'stayOver' });
  }

  async function open(): Promise<void> {
    generation += 1;
    const mine = generation;
    const isCurrent = () => mine === generation && !closed;
    if (place === null) {
      const answer = await options.tickets.visit();
      if (!isCurrent()) return;
      if (answer.tag === 'later') {
        openLater();
        return;
      }
      if (answer.tag === 'refused') {
        options.onFailed(answer.reason);
        return;
      }
      const { visitId } = answer.value;
      place = { ...answer.value, admissions: options.admissions(visitId), proven: options.proven(visitId) };
    }
    const { config, visitId, proven } = place;
    const [mechanism, directory] = await Promise.all([mechanisms.current(), options.directory(config)]);
    if (!isCurrent()) return;
    if (directory.trouble !== null) {
      options.onFailed(directory.trouble);
      return;
    }
    if (mechanism === undefined) {
      options.onFailed('unsupported');
      return;
    }
    const opened = await openVisitSession({
      ...place,
      tickets: options.tickets,
      media: options.media,
      chat: options.chat,
      mechanism,
      welcomeMs: patience.ms(),
      directory,
      prove: (leaf) => options.prove({ clinicId: config.clinic.id, visitId, leaf }, directory, proven),
      onSelf(self) {
        stay.begin(self.until);
        options.onSelf(self);
      },
      onPhase(phase) {
        if (!isCurrent()) return;
        if (phase.tag === 'inVisit') settle();
        if (phase.tag === 'declined' && stay.isOver()) endStay();
        else options.onPhase(phase);
      },
      onFailed(reason, fault) {
        if (!isCurrent()) return;
        if (stay.isAsking() || (reason === 'notAvailable' && stay.isOver())) endStay();
        else options.onFailed(reason, fault);
      },
      incidents: options.incidents,
      onCompared(result) {
        if (isCurrent()) options.onCompared(result);
      },
      onLeafLost(next) {
        if (isCurrent()) lose(next);
      },
      onUnsealable() {
        if (isCurrent()) giveUpMechanism();
      },
      onChange: options.onChange,
    }).catch(() => null);
    if (!isCurrent()) {
      opened?.close();
      return;
    }
    session = opened;
    if (opened === null) lose('fault');
    options.onChange();
  }

  function giveUpMechanism(): void {
    if (mechanisms.giveUp()) renew();
    else options.onFailed('unsupported');
  }

  /** The leaf stands in the group: earlier losses are forgiven once it has for a while. */
  function settle(): void {
    loss = null;
    patience.welcomed();
    clearTimeout(stableTimer);
    stableTimer = setTimeout(() => {
      losses = 0;
      mechanisms.settled();
      backoff.reset();
    }, stableMs);
  }

  function lose(next: LeafLoss): void {
    loss = next;
    patience.lost(next);
    // A connection that breaks again and again is given up by time, not by number.
    if (next !== 'notKept' && next !== 'unwelcomed') losses += 1;
    if (next === 'silent' && mechanisms.silent()) {
      giveUpMechanism();
      return;
    }
    drop();
    if (losses >= lossLimit) options.onFailed(next === 'rejected' ? 'cantVerify' : 'internal');
    else openLater();
  }

  function drop(): void {
    generation += 1;
    clearTimeout(stableTimer);
    clearTimeout(openTimer);
    session?.close();
    session = null;
    options.onChange();
  }

  function openLater(): void {
    clearTimeout(openTimer);
    openTimer = setTimeout(() => void open(), backoff.next());
  }

  function renew(): void {
    drop();
    void open();
  }

  return {
    start() {
      void open();
    },
    session: () => session,
    admissions: () => place?.admissions ?? null,
    lastLoss: () => loss,
    renew,
    close() {
      closed = true;
      stay.close();
      drop();
    },
  };
}
