import type { StaffSession } from '@sotto/protocol/clinic';
import { visitId } from '@sotto/protocol/ids';
import { parseRecordAddress } from '../record/recordAddress.ts';
import { homeOf } from './heldRoles.ts';

/**
 * Where somebody goes who has signed in: back to the visit or the record that asked for it, else to where each role's work begins.
 *
 * @param hash of the page to sign in: it has their id
 */
export function destination({ staff }: StaffSession, hash: string): string {
  if (visitId.safeParse(hash.slice(1)).success) return `/visit/${hash}`;
  if (parseRecordAddress(hash) !== null) return `/record/${hash}`;
  return homeOf(staff);
}
