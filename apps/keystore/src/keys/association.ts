import type { ClinicId, ObjectId, PatientId } from '@sotto/protocol/ids';
import { type Bytes, concat, fromBase64url, uint32, utf8 } from '../bytes.ts';

/** What ties a wrap to its place (SPEC.md section 2): moved to another row, it doesn't open. */
export const patientKeyAad = (clinic: ClinicId, pseudonym: PatientId, version: number): Bytes =>
  concat(utf8('sotto/keystore/v1 patient key\0'), fromBase64url(clinic), fromBase64url(pseudonym), uint32(version));

export const objectKeyAad = (clinic: ClinicId, pseudonym: PatientId, version: number, object: ObjectId): Bytes =>
  concat(
    utf8('sotto/keystore/v1 object key\0'),
    fromBase64url(clinic),
    fromBase64url(pseudonym),
    uint32(version),
    fromBase64url(object),
  );

export const fieldKeyAad = (clinic: ClinicId, pseudonym: PatientId, version: number): Bytes =>
  concat(utf8('sotto/keystore/v1 field key\0'), fromBase64url(clinic), fromBase64url(pseudonym), uint32(version));
