import type { ClinicianProof } from '@sotto/protocol/clinicianProof';
import { PasskeyFault } from '../keystore/errors.ts';
import type { ClinicDirectory } from './clinicDirectory.ts';
import type { Confirmation, VisitCallTarget } from './contract.ts';
import { type ProvenLeaf, proveLeaf } from './leafProof.ts';

type Answer = 'sign' | 'without';

/** Gets the clinician's passkey to answer for each leaf: by itself for the first, then by a press. */
export interface Confirmer {
  /** Null while nothing is asked of the person. */
  confirmation(): Confirmation | null;
  answer(answer: Answer): void;
  /** Null for who has no passkey, goes without one, or isn't asked for one. A later call takes an earlier one's place. */
  readonly prove: (leaf: ProvenLeaf, directory: ClinicDirectory) => Promise<ClinicianProof | null>;
  close(): void;
}

/** @param sign asks the passkey */
export function createConfirmer(target: VisitCallTarget, onChange: () => void, sign = proveLeaf): Confirmer {
  let confirmation: Confirmation | null = null;
  let running = new AbortController();
  let pressed: ((answer: Answer) => void) | null = null;
  let hasAsked = false;
  let hasProven = false;

  function show(next: Confirmation | null): void {
    confirmation = next;
    onChange();
  }

  async function prove(leaf: ProvenLeaf, { trust, requiresProof, entriesOf }: ClinicDirectory) {
    running.abort();
    const mine = new AbortController();
    running = mine;
    if (confirmation !== null) show(null);
    const entries = target.kind === 'physician' ? entriesOf(target.staffId) : [];
    if (trust === null || entries.length === 0) return null;
    // Whom the others know by the directory they don't take back without it.
    const mayGoWithout = !requiresProof && !hasProven;
    const ask = (fault: Confirmation['fault']): Promise<Answer> => {
      show({ state: 'due', fault, mayGoWithout, isBack: hasProven });
      return new Promise((resolve) => {
        pressed = resolve;
      });
    };
    // Nobody is asked out of the blue, in the middle of a visit.
    let answer: Answer = hasAsked ? await ask(null) : 'sign';
    hasAsked = true;
    while (answer === 'sign') {
      show({ state: 'asking', fault: null, mayGoWithout, isBack: hasProven });
      try {
        const proof = await sign(leaf, entries, trust, mine.signal);
        if (mine.signal.aborted) return null;
        hasProven = true;
        show(null);
        return proof;
      } catch (error) {
        if (mine.signal.aborted) return null;
        answer = await ask(error instanceof PasskeyFault ? error.code : 'unusable');
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
    },
  };
}
