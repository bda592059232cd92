import { type ClinicId, type GroupId, groupId, type VisitId } from '@sotto/protocol/ids';
import { sha256, toBase64url } from './octets.ts';

/**
 * The MLS group id of a visit's incarnation (SPEC.md section 3): SHA-256 over a label and fields of fixed length.
 *
 * @param incarnation 1 to 65,535
 */
export async function deriveGroupId(clinicId: ClinicId, visitId: VisitId, incarnation: number): Promise<GroupId> {
  const text = new TextEncoder();
  const digest = await sha256(
    text.encode('sotto/group/v1'),
    text.encode(clinicId),
    text.encode(visitId),
    Uint8Array.of(incarnation >> 8, incarnation & 0xff),
  );
  return groupId.parse(toBase64url(digest));
}
