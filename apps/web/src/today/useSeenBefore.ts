import type { PatientId } from '@sotto/protocol/ids';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { seenBeforeQuery, type TypedPatient } from '../clinic/clinicQueries.ts';

/** After so long without a keystroke somebody has typed what they meant: each look is an entry in the clinic's log. */
const settledMs = 600;

/** Who the physician says it is: one who was here before, or somebody new. */
export type SeenChoice = PatientId | 'new';

/** What the new visit goes by. */
export type Settled = { readonly tag: 'settled'; readonly patient: PatientId | undefined } | { readonly tag: 'asks' };

const textOf = ({ patientName, birthDate }: TypedPatient): string => `${birthDate} ${patientName}`;

function useSettled(typed: TypedPatient | null): [TypedPatient | null, (typed: TypedPatient) => void] {
  const [settled, setSettled] = useState(typed);
  const text = typed && textOf(typed);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text is all that there is in it.
  useEffect(() => {
    const timer = setTimeout(() => setSettled(typed), settledMs);
    return () => clearTimeout(timer);
  }, [text]);
  return [settled, setSettled];
}

/**
 * Looks whether whoever is typed was here before, and keeps what is said about it: about other words nothing is said yet.
 *
 * @param typed null while either is missing
 */
export function useSeenBefore(typed: TypedPatient | null) {
  const queries = useQueryClient();
  const [settled, settle] = useSettled(typed);
  const looking = useQuery(seenBeforeQuery(settled));
  const [said, setSaid] = useState<{ readonly of: string; readonly choice: SeenChoice } | null>(null);
  const [isMissing, setMissing] = useState(false);
  const text = typed && textOf(typed);
  const isCurrent = typed !== null && settled !== null && textOf(settled) === text;
  const choice = said !== null && said.of === text ? said.choice : null;
  const found = isCurrent ? looking.data : undefined;

  function stateOf() {
    if (typed === null) return 'blank';
    if (!isCurrent || looking.isFetching) return 'looking';
    if (found === undefined) return 'failed';
    return found.patients.length > 0 ? 'found' : 'none';
  }
  const state = stateOf();
  return {
    state,
    found,
    choice,
    isMissing: isMissing && state === 'found' && choice === null,
    choose(made: SeenChoice): void {
      if (text !== null) setSaid({ of: text, choice: made });
      setMissing(false);
    },
    again: () => void looking.refetch(),
    /** As the form is handed in. `asks`: the page says what is missing, or that nobody could look. */
    async read(): Promise<Settled> {
      // Somebody new, as the page has said.
      if (typed === null || state === 'failed') return { tag: 'settled', patient: undefined };
      settle(typed);
      const { patients } = await queries.fetchQuery(seenBeforeQuery(typed)).catch(() => ({ patients: null }));
      if (patients === null) return { tag: 'asks' };
      if (patients.length === 0 || choice === 'new') return { tag: 'settled', patient: undefined };
      if (choice !== null && patients.some(({ id }) => id === choice)) return { tag: 'settled', patient: choice };
      setMissing(true);
      return { tag: 'asks' };
    },
  };
}
export type SeenBeforeState = ReturnType<typeof useSeenBefore>;
