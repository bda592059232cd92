'use client';

import type { StaffSession } from '@sotto/protocol/clinic';
import { NewDeviceNotice } from '../sessions/NewDeviceNotice.tsx';
import { DisabledNotice } from './DisabledNotice.tsx';
import { PasskeyNotice } from './PasskeyNotice.tsx';

/** What whoever has signed in is to know of it. */
export function SignInNotices({ session }: { session: StaffSession }) {
  if (session.staff.resting !== null) return <DisabledNotice />;
  return (
    <>
      <NewDeviceNotice />
      {session.mayHost ? null : <PasskeyNotice session={session} />}
    </>
  );
}
