import { credentialFault, refusal } from '@sotto/e2ee';
import { leafThumbprint, participantId, role, type VisitId } from '@sotto/protocol/ids';
import * as z from 'zod';
import type { ToldIncidents } from './incidents.ts';

/** What a person was warned of in a visit, as a tab keeps it: ids that this tab's storage has anyway, and no names. */
export interface ToldVisit extends ToldIncidents {
  /** Codes were compared last and were not equal. */
  readonly isDistrusted: boolean;
}

const person = z.strictObject({ participantId, role: role.nullable(), name: z.null() });
const incident = z.discriminatedUnion('tag', [
  z.strictObject({
    tag: z.literal('keptOut'),
    person: person.nullable(),
    fault: z.enum([...credentialFault.options, 'rememberedDemand']),
  }),
  z.strictObject({ tag: z.literal('refusedChange'), by: person.nullable(), reason: refusal }),
  z.strictObject({ tag: z.enum(['saidToHaveLeft', 'stayOver']), person }),
  z.strictObject({ tag: z.literal('newKey'), person, wasCompared: z.boolean() }),
  z.strictObject({ tag: z.literal('more'), count: z.int().positive() }),
]);
const stored = z.strictObject({
  isDistrusted: z.boolean(),
  incidents: z.array(incident).max(256),
  keys: z.array(z.tuple([participantId, z.strictObject({ leaf: leafThumbprint, wasCompared: z.boolean() })])).max(64),
});

const keyOf = (visit: VisitId) => `sotto/told/v2/${visit}`;

/** @returns null where nothing was told yet, or nothing readable is kept */
export function readTold(visit: VisitId, storage: Storage | null): ToldVisit | null {
  try {
    return stored.parse(JSON.parse(storage?.getItem(keyOf(visit)) ?? 'null'));
  } catch {
    return null;
  }
}

/** @param storage the tab's `sessionStorage`; null where the browser refuses it (then a reload forgets) */
export function keepTold(visit: VisitId, told: ToldVisit, storage: Storage | null): void {
  try {
    storage?.setItem(keyOf(visit), JSON.stringify(told));
  } catch {
    // A full or forbidden storage costs what a reload would have known, not the visit.
  }
}
