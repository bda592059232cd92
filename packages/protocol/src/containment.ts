import * as z from 'zod';
import { type ClinicId, staffId } from './ids.ts';

/** Whom a containment is about: one of the staff, all of them, or every opening there is. */
export const contained = z.union([staffId, z.enum(['everyone', 'releases'])]);
export type Contained = z.infer<typeof contained>;

/** What an entry of the log about a containment is about. */
export function containedResource(clinic: ClinicId, whom: Contained): string {
  if (whom === 'everyone') return `clinic:${clinic}`;
  return whom === 'releases' ? `releases:${clinic}` : `clinician:${whom}`;
}
