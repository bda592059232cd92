'use client';

import type { StaffSession } from '@sotto/protocol/clinic';
import type { CredentialId } from '@sotto/protocol/keystore';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { instantOf, proveEnrolment } from '../keystore/acts.ts';
import { fromBase64url } from '../keystore/bytes.ts';
import { PasskeyFault } from '../keystore/errors.ts';
import { handInEnrolment } from '../keystore/keystoreApi.ts';
import { createPasskey } from '../keystore/passkey.ts';
import type { Pins } from '../keystore/pins.ts';
import { mainRole } from '../staff/heldRoles.ts';
import {
  type ClinicianEnrolment,
  type OwnEnrolment,
  readOwnEnrolments,
  rememberOwnEnrolments,
} from './ownEnrolments.ts';

interface EnrollingOptions {
  readonly staff: StaffSession['staff'];
  readonly pins: Pins;
  readonly clinicName: string;
  /** Passkeys of the person that count. */
  readonly existing: readonly CredentialId[];
}

/** Makes a passkey and hands its enrolment in. What was made is kept when the second step fails. */
export function useEnrolling({ staff, pins, clinicName, existing }: EnrollingOptions) {
  const [own, setOwn] = useState(() => readOwnEnrolments(staff.id, new Date()));
  const keep = (next: readonly OwnEnrolment[]) => {
    setOwn(next);
    rememberOwnEnrolments(staff.id, next);
  };

  /** The passkey signs what it says of itself; then it waits for an officer, in the place of one that waited before. */
  async function finish(enrolment: ClinicianEnrolment): Promise<void> {
    const proven = await proveEnrolment(enrolment, pins);
    await handInEnrolment(proven);
    keep([{ enrolment, handedIn: true }]);
  }

  const making = useMutation({
    mutationFn: async (licence: string | null) => {
      const id = fromBase64url(staff.id);
      if (id === null) throw new PasskeyFault('unusable');
      const known = [...existing, ...own.map(({ enrolment }) => enrolment.entry.credential)];
      const made = await createPasskey({ rpId: pins.rpId, clinicName, id, name: staff.name, existing: known });
      const enrolment: ClinicianEnrolment = {
        type: 'sotto/enrolment/v1',
        of: 'clinician',
        clinic: pins.clinic,
        entry: { subject: staff.id, role: mainRole(staff), licence, ...made },
        requestedAt: instantOf(new Date()),
      };
      keep([...own.filter(({ handedIn }) => handedIn), { enrolment, handedIn: false }]);
      await finish(enrolment);
    },
  });
  const finishing = useMutation({
    // Its 7 days begin when it is handed in.
    mutationFn: (enrolment: ClinicianEnrolment) => finish({ ...enrolment, requestedAt: instantOf(new Date()) }),
  });
  const forget = (credential: CredentialId) =>
    keep(own.filter(({ enrolment }) => enrolment.entry.credential !== credential));
  return { own, making, finishing, forget };
}
