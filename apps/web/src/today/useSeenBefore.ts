import type { FoundPatients } from '@sotto/protocol/clinic';
import type { PatientId } from '@sotto/protocol/ids';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { seenBeforeQuery, type TypedPatient } from '../clinic/clinicQueries.ts';

/** After so long without a keystroke somebody has typed what they meant: each look is an entry in the clinic's log. */
const settledMs = 600;

/** Who the physician says it is: one who was here before, or somebody new. */
export type SeenChoice = PatientId | 'new';

/** What the new visit goes by. */
type Settled = { readonly tag: 'settled'; readonly patient: PatientId | undefined } | { readonly tag: 'asks' };

interface Said {
  readonly of: TypedPatient;
  readonly choice: SeenChoice;
}

/** What was typed, once nobody types any more; and a way to say so at once. */
function useSettled(typed: TypedPatient | null) {
  const [settled, settle] = useState(typed);
  useEffect(() => {
    const timer = setTimeout(() => settle(typed), settledMs);
    return () => clearTimeout(timer);
  }, [typed]);
  return [settled, settle] as const;
}

export interface SeenBeforeState {
  /** `blank` until both are typed; `failed` where nobody could look. */
  readonly state: 'blank' | 'looking' | 'none' | 'found' | 'failed';
  readonly found: FoundPatients | undefined;
  readonly choice: SeenChoice | null;
  /** The form was handed in without a choice. */
  readonly isMissing: boolean;
  readonly choose: (made: SeenChoice) => void;
  readonly again: () => void;
  /** As the form is handed in. `asks`: the page says what is missing, or that nobody could look. */
  readonly read: () => Promise<Settled>;
}

/**
 * Looks whether whoever is typed was here before, and keeps what is said about it: about other words nothing is said yet.
 *
 * @param name without space around it @param birthDate null until it is a date
 */
export function useSeenBefore(name: string, birthDate: string | null): SeenBeforeState {
  const queries = useQueryClient();
  const typed = useMemo<TypedPatient | null>(
    () => (name === '' || birthDate === null ? null : { patientName: name, birthDate }),
    [name, birthDate],
  );
  const [settled, settle] = useSettled(typed);
  const looking = useQuery(seenBeforeQuery(settled));
  const [said, setSaid] = useState<Said | null>(null);
  const [isMissing, setMissing] = useState(false);
  const choice = said !== null && said.of === typed ? said.choice : null;
  const found = settled === typed ? looking.data : undefined;

  function stateOf(): SeenBeforeState['state'] {
    if (typed === null) return 'blank';
    if (settled !== typed || looking.isFetching) return 'looking';
    if (found === undefined) return 'failed';
    return found.patients.length > 0 ? 'found' : 'none';
  }
  const state = stateOf();

  async function read(): Promise<Settled> {
    // Somebody new, as the page has said.
    if (typed === null || state === 'failed') return { tag: 'settled', patient: undefined };
    settle(typed);
    const answer = await queries.query(seenBeforeQuery(typed)).catch(() => null);
    if (answer === null) return { tag: 'asks' };
    if (answer.patients.length === 0 || choice === 'new') return { tag: 'settled', patient: undefined };
    const chosen = answer.patients.find(({ id }) => id === choice);
    if (chosen !== undefined) return { tag: 'settled', patient: chosen.id };
    setMissing(true);
    return { tag: 'asks' };
  }

  return {
    ...{ state, found, choice, read },
    isMissing: isMissing && state === 'found' && choice === null,
    choose(made) {
      if (typed !== null) setSaid({ of: typed, choice: made });
      setMissing(false);
    },
    again: () => void looking.refetch(),
  };
}
