import { randomBytes, type webcrypto } from 'node:crypto';
import type { ClinicId, PatientId } from '@sotto/protocol/ids';
import { FieldKeyLost, PatientErased } from './errors.ts';
import type { FieldKeys } from './fieldKeys.ts';
import { associatedData, type FieldPlace, type FieldSealer, fieldVersions, openBox, sealBox } from './sealedField.ts';

/** One patient's fields, with the key at hand: nothing here asks the keystore, so a transaction may wait for it. */
export interface OwnFields {
  /** @throws PatientErased, FieldKeyLost */
  seal(place: FieldPlace, text: string): Promise<Uint8Array>;
  /**
   * Null for a patient whose everything was shredded.
   *
   * @throws FieldKeyLost; Error if the box was sealed for another patient or place, or was changed
   */
  open(place: FieldPlace, box: Uint8Array): Promise<string | null>;
}

/**
 * Seals what tells who a patient is, and how to reach them, under that patient's own key. The tag covers clinic, patient and place.
 * Once the keystore has shredded everything of the patient's, nothing of it opens again, wherever a copy lies.
 */
export interface PatientFields {
  /** What can't be done for want of a key fails when it is tried. @throws FieldKeysUnavailable */
  of(patient: PatientId): Promise<OwnFields>;
  /** The same for a transaction: of this patient nothing asks the keystore any more, and fails only when it is tried. */
  keyed(patient: PatientId): Promise<PatientFields>;
  /** The first field of a new patient, whose key is made for it. @throws PatientErased, FieldKeysUnavailable */
  sealFirst(patient: PatientId, place: FieldPlace, text: string): Promise<Uint8Array>;
  /** As `OwnFields.open`; asks the keystore only where the box needs it. @throws FieldKeysUnavailable besides */
  open(patient: PatientId, place: FieldPlace, box: Uint8Array): Promise<string | null>;
  /**
   * Seals anew what the clinic's key had sealed; of an erased patient there are random bytes afterwards.
   *
   * @param isFirst whether nothing of this patient's can have been sealed anew: only then a missing key is made
   * @throws as `open`
   */
  renew(patient: PatientId, place: FieldPlace, box: Uint8Array, isFirst: boolean): Promise<Uint8Array>;
}

type OwnKey = webcrypto.CryptoKey | null | FieldKeyLost;

/** @param former opens fields from before patients had keys of their own */
export function createPatientFields(clinic: ClinicId, keys: FieldKeys, former: FieldSealer): PatientFields {
  const { patient: version } = fieldVersions;
  const dataOf = (patient: PatientId, { table, column, row }: FieldPlace) =>
    associatedData('sotto/field/v2', clinic, patient, table, column, row);

  const ownFields = (patient: PatientId, key: OwnKey): OwnFields => ({
    async seal(place, text) {
      if (key === null) throw new PatientErased();
      if (key instanceof FieldKeyLost) throw key;
      return sealBox(version, key, dataOf(patient, place), text);
    },
    async open(place, box) {
      if (box[0] === fieldVersions.clinic) return former.open(place, box);
      if (key instanceof FieldKeyLost) throw key;
      return key && openBox(version, key, dataOf(patient, place), box);
    },
  });
  async function find(patient: PatientId): Promise<OwnFields> {
    const key = await keys.find(patient).catch((fault: unknown) => {
      if (fault instanceof FieldKeyLost) return fault;
      throw fault;
    });
    return ownFields(patient, key);
  }

  const fieldsBy = (of: PatientFields['of']): PatientFields => ({
    of,
    async keyed(patient) {
      const found = of(patient);
      await found.catch(() => undefined);
      return fieldsBy((one) => (one === patient ? found : of(one)));
    },
    sealFirst: async (patient, place, text) => ownFields(patient, await keys.make(patient)).seal(place, text),
    open: async (patient, place, box) =>
      box[0] === fieldVersions.clinic ? former.open(place, box) : (await of(patient)).open(place, box),
    async renew(patient, place, box, isFirst) {
      // The key first: whoever is renewed in one turn is asked for together.
      const key = await (isFirst ? keys.make(patient) : keys.find(patient));
      const text = await former.open(place, box);
      if (key === null) return Uint8Array.of(version, ...randomBytes(box.length - 1));
      return ownFields(patient, key).seal(place, text);
    },
  });
  return fieldsBy(find);
}
