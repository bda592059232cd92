import { randomBytes } from 'node:crypto';
import type { ClinicId, PatientId } from '@sotto/protocol/ids';
import { PatientErased } from './errors.ts';
import type { FieldKeys } from './fieldKeys.ts';
import { associatedData, type FieldPlace, type FieldSealer, fieldVersions, openBox, sealBox } from './sealedField.ts';

/**
 * Seals what tells who a patient is, and how to reach them, under that patient's own key. The tag covers clinic, patient and place.
 * Once the keystore has shredded everything of the patient's, nothing of it opens again, wherever a copy lies.
 */
export interface PatientFields {
  /** @throws PatientErased, FieldKeysUnavailable */
  seal(patient: PatientId, place: FieldPlace, text: string): Promise<Uint8Array>;
  /**
   * Null for a patient whose everything was shredded.
   *
   * @throws FieldKeysUnavailable; Error if the box was sealed for another patient or place, or was changed
   */
  open(patient: PatientId, place: FieldPlace, box: Uint8Array): Promise<string | null>;
  /** Seals anew what the clinic's key had sealed; of an erased patient there are random bytes afterwards. @throws as `open` */
  renew(patient: PatientId, place: FieldPlace, box: Uint8Array): Promise<Uint8Array>;
}

/** @param former opens fields from before patients had keys of their own */
export function createPatientFields(clinic: ClinicId, keys: FieldKeys, former: FieldSealer): PatientFields {
  const { patient: version } = fieldVersions;
  const dataOf = (patient: PatientId, { table, column, row }: FieldPlace) =>
    associatedData('sotto/field/v2', clinic, patient, table, column, row);

  return {
    async seal(patient, place, text) {
      const key = await keys.make(patient);
      if (key === null) throw new PatientErased();
      return sealBox(version, key, dataOf(patient, place), text);
    },
    async open(patient, place, box) {
      if (box[0] === fieldVersions.clinic) return former.open(place, box);
      const key = await keys.find(patient);
      return key && openBox(version, key, dataOf(patient, place), box);
    },
    async renew(patient, place, box) {
      // The key first: whoever is renewed in one turn is asked for together.
      const key = await keys.make(patient);
      const text = await former.open(place, box);
      if (key === null) return Uint8Array.of(version, ...randomBytes(box.length - 1));
      return sealBox(version, key, dataOf(patient, place), text);
    },
  };
}
