import { staffId } from '@sotto/protocol/ids';
import type { ClinicianStatement } from '@sotto/protocol/keystore';
import { expect, it } from 'vitest';
import { SoftKeystore } from '../../test/softKeystore.ts';
import { SoftPasskey } from '../../test/softPasskey.ts';
import { randomId } from '../keystore/bytes.ts';
import { checkDirectory } from '../keystore/directory.ts';
import { secondSigners } from './secondSigners.ts';

function lastOf(entries: readonly ClinicianStatement[]) {
  const last = entries.at(-1);
  if (!last) throw new Error('none');
  return last.payload.credential;
}

it('are others with a living passkey and a role that may, each once', async () => {
  const keystore = await SoftKeystore.make();
  const [me, nurse, officer, clerk, gone] = Array.from({ length: 5 }, () => staffId.parse(randomId()));
  if (!me || !nurse || !officer || !clerk || !gone) throw new Error('five');
  const roles = [
    [me, 'physician'],
    [nurse, 'nurse'],
    [nurse, 'nurse'],
    [officer, 'privacyOfficer'],
    [clerk, 'staff'],
    [gone, 'physician'],
  ] as const;
  const entries = await Promise.all(
    roles.map(async ([subject, role]) => keystore.enrol(await SoftPasskey.make(), { subject, role })),
  );
  const revocation = await keystore.sign({
    ...{ type: 'sotto/clinician-revoked/v1' as const, clinic: keystore.pins.clinic, subject: gone },
    ...{ credential: lastOf(entries), reason: 'left' as const },
    ...{ revokedBy: [officer], revokedAt: '2031-01-02T00:00:00.000Z' },
  });
  const directory = await checkDirectory({ entries, revocations: [revocation] }, keystore.pins);
  expect(secondSigners(directory, me)).toEqual([nurse, officer]);
});
