import { staffId } from '@sotto/protocol/ids';
import { expect, it } from 'vitest';
import { SoftKeystore } from '../../test/softKeystore.ts';
import { SoftPasskey } from '../../test/softPasskey.ts';
import { randomId, toBase64url } from '../keystore/bytes.ts';
import { checkDirectory } from '../keystore/directory.ts';
import { type ClinicianEnrolment, compareOwn } from './ownEnrolments.ts';

const subject = staffId.parse(randomId());

async function begin() {
  const [keystore, passkey] = [await SoftKeystore.make(), await SoftPasskey.make()];
  const enrolment: ClinicianEnrolment = {
    type: 'sotto/enrolment/v1',
    of: 'clinician',
    clinic: keystore.pins.clinic,
    entry: {
      ...{ subject, role: 'physician', licence: null, credential: passkey.credential },
      publicKey: toBase64url(passkey.publicKey),
    },
    requestedAt: '2031-01-01T00:00:00Z',
  };
  const compare = async (changes: Parameters<SoftKeystore['enrol']>[1]) => {
    const entries = [await keystore.enrol(passkey, { subject, ...changes })];
    return compareOwn([own], await checkDirectory({ entries, revocations: [] }, keystore.pins));
  };
  const own = { enrolment, handedIn: true };
  return { own, compare };
}

it('waits until the directory has exactly what was made here', async () => {
  const { own, compare } = await begin();
  expect(compareOwn([own], { passkeys: [], spoilt: 0 })).toEqual({ waiting: [own], swapped: [] });
  expect(await compare({})).toEqual({ waiting: [], swapped: [] });
});

it('raises an alarm when another key, role, licence or person stands under its id', async () => {
  const { own, compare } = await begin();
  const other = toBase64url((await SoftPasskey.make()).publicKey);
  const swaps = [
    { publicKey: other },
    { role: 'privacyOfficer' as const },
    { licence: '1' },
    { subject: staffId.parse(randomId()) },
  ];
  for (const changes of swaps) expect(await compare(changes)).toEqual({ waiting: [], swapped: [own] });
});
