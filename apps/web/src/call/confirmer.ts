import type { ClinicianProof } from '@sotto/protocol/clinicianProof';
import type { LeafThumbprint } from '@sotto/protocol/ids';
import { PasskeyFault } from '../keystore/errors.ts';
import type { ClinicDirectory } from './clinicDirectory.ts';
import type { Confirmation, VisitCallTarget } from './contract.ts';
import { type ProvenLeaf, proveLeaf } from './leafProof.ts';
import type { ProvenPeople } from './provenPeople.ts';

type Answer = 'sign' | 'without';

/** Others' clocks may be ahead, and the ticket that goes with it takes its time. */
const marginMs = 120_000;
const holds = (proof: ClinicianProof | null) => proof === null || Date.parse(proof.expiry) > Date.now() + marginMs;

/** Gets the clinician's passkey to answer for each leaf: by itself for the first, then by a press. */
export interface Confirmer {
  /** Null while nothing is asked of the person. */
  confirmation(): Confirmation | null;
  answer(answer: Answer): void;
  /**
   * Null for who has no passkey, goes without one, or isn't asked for one. For the same leaf again it is the same answer while
   * it holds, and nobody is asked. A later call takes an earlier one's place.
   *
   * @param proven who stood in this visit as which clinician
   */
  readonly prove: (
    leaf: ProvenLeaf,
    directory: ClinicDirectory,
    proven: Pick<ProvenPeople, 'has'>,
  ) => Promise<ClinicianProof | null>;
  close(): void;
}

/** @param sign asks the passkey */
export function createConfirmer(target: VisitCallTarget, onChange: () => void, sign = proveLeaf): Confirmer {
  let confirmation: Confirmation | null = null;
  let running = new AbortController();
  let pressed: ((answer: Answer) => void) | null = null;
  let hasAsked = false;
  let hasProven = false;
  /** What was answered for the latest leaf. */
  let kept: { readonly leaf: LeafThumbprint; readonly proof: ClinicianProof | null } | null = null;

  function show(next: Confirmation | null): void {
    confirmation = next;
    onChange();
  }

  const prove: Confirmer['prove'] = async (leaf, directory, proven) => {
    if (kept?.leaf === leaf.leaf && holds(kept.proof)) return kept.proof;
    kept = null;
    if (target.kind === 'physician' && proven.has(target.staffId)) hasProven = true;
    running.abort();
    const mine = new AbortController();
    running = mine;
    const proof = await ask(leaf, directory, mine.signal);
    if (!mine.signal.aborted) kept = { leaf: leaf.leaf, proof };
    return proof;
  };

  async function ask(leaf: ProvenLeaf, { trust, demand, entriesOf }: ClinicDirectory, signal: AbortSignal) {
    if (confirmation !== null) show(null);
    const entries = target.kind === 'physician' ? entriesOf(target.staffId) : [];
    if (trust === null || entries.length === 0) return null;
    // Whom the others know by the directory they don't take back without it.
    const mayGoWithout = demand === null && !hasProven;
    const press = (fault: Confirmation['fault']): Promise<Answer> => {
      show({ state: 'due', fault, mayGoWithout, isBack: hasProven });
      return new Promise((resolve) => {
        pressed = resolve;
      });
    };
    // Nobody is asked out of the blue, in the middle of a visit.
    let answer: Answer = hasAsked ? await press(null) : 'sign';
    hasAsked = true;
    while (answer === 'sign') {
      show({ state: 'asking', fault: null, mayGoWithout, isBack: hasProven });
      try {
        const proof = await sign(leaf, entries, trust, signal);
        if (signal.aborted) return null;
        hasProven = true;
        show(null);
        return proof;
      } catch (error) {
        if (signal.aborted) return null;
        answer = await press(error instanceof PasskeyFault ? error.code : 'unusable');
      }
    }
    show(null);
    return null;
  }

  return {
    confirmation: () => confirmation,
    answer(answer) {
      const resolve = pressed;
      pressed = null;
      if (answer === 'sign' || confirmation?.mayGoWithout === true) resolve?.(answer);
    },
    prove,
    close() {
      running.abort();
      confirmation = null;
      kept = null;
    },
  };
}
