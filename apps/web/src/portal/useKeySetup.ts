'use client';

import type { VisitId } from '@sotto/protocol/ids';
import { challengeLabels, type PatientEntry, type ProvenEnrolment } from '@sotto/protocol/keystore';
import type { PortalView } from '@sotto/protocol/records';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { instantOf, proveEnrolment } from '../keystore/acts.ts';
import { fromBase64url } from '../keystore/bytes.ts';
import { challengeOf } from '../keystore/challenge.ts';
import { PasskeyFault } from '../keystore/errors.ts';
import { handInEnrolment } from '../keystore/keystoreApi.ts';
import { createPasskey } from '../keystore/passkey.ts';
import type { Pins } from '../keystore/pins.ts';
import { type OwnRequest, type PatientEnrolment, readOwnRequest, rememberOwnRequest } from './ownRequest.ts';
import type { PatientKey } from './patientKeys.ts';
import { makeRecoveryCode, type NewRecoveryCode } from './recoveryCode.ts';

interface KeySetupOptions {
  readonly patient: PortalView['patient'];
  readonly visit: VisitId;
  readonly pins: Pins;
  readonly clinicName: string;
  /** Keys of the patient that count. */
  readonly keys: readonly PatientKey[];
}

/** Makes a patient's key and hands its request in. What was made is kept when the second step fails. */
export function useKeySetup({ patient, visit, pins, clinicName, keys }: KeySetupOptions) {
  const queries = useQueryClient();
  const [request, setRequest] = useState(() => readOwnRequest(patient.id, new Date()));
  const keep = (next: OwnRequest | null) => {
    setRequest(next);
    rememberOwnRequest(patient.id, next);
  };
  const requestOf = (entry: PatientEntry): PatientEnrolment => ({
    ...{ type: 'sotto/enrolment/v1', of: 'patient', clinic: pins.clinic, visit, entry },
    requestedAt: instantOf(new Date()),
  });
  const handIn = async (enrolment: PatientEnrolment, proven: ProvenEnrolment) => {
    await handInEnrolment(proven);
    keep({ enrolment, handedIn: true });
    await queries.invalidateQueries({ queryKey: ['keystore', 'portal'] });
  };
  const finishPasskey = async (enrolment: PatientEnrolment) => handIn(enrolment, await proveEnrolment(enrolment, pins));

  const passkey = useMutation({
    mutationFn: async () => {
      const id = fromBase64url(patient.id);
      if (id === null) throw new PasskeyFault('unusable');
      const existing = keys.flatMap((key) => (key.kind === 'passkey' ? [key.credential] : []));
      const made = await createPasskey({ rpId: pins.rpId, clinicName, id, name: patient.name, existing });
      const enrolment = requestOf({ kind: 'passkey', pseudonym: patient.id, ...made });
      keep({ enrolment, handedIn: false });
      await finishPasskey(enrolment);
    },
  });
  const finishing = useMutation({
    // Its 7 days begin when it is handed in; in the visit in which the patient is now.
    mutationFn: ({ entry }: PatientEnrolment) => finishPasskey(requestOf(entry)),
  });
  // Shown only once its key is there.
  const newCode = useMutation({ mutationFn: makeRecoveryCode, gcTime: 0 });
  /** For a code that the patient has written down. */
  const code = useMutation({
    mutationFn: async ({ key }: NewRecoveryCode) => {
      const { credential, publicKey } = key;
      const enrolment = requestOf({ kind: 'recoveryCode', pseudonym: patient.id, credential, publicKey });
      const proof = await key.sign(await challengeOf(challengeLabels.enrolment, enrolment));
      await handIn(enrolment, { enrolment, proof });
    },
    // The code isn't kept after the page has let go of it.
    gcTime: 0,
  });
  return { request, passkey, finishing, newCode, code, forget: () => keep(null) };
}
