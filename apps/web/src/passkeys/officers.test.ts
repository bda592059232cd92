import { staffId } from '@sotto/protocol/ids';
import { describe, expect, it } from 'vitest';
import { SoftKeystore } from '../../test/softKeystore.ts';
import { SoftPasskey } from '../../test/softPasskey.ts';
import { randomId } from '../keystore/bytes.ts';
import { checkDirectory } from '../keystore/directory.ts';
import { signersFor, takesTwo } from './officers.ts';

const [a, b] = [staffId.parse('AAECAwQFBgcICQoLDA0ODw'), staffId.parse('EBESExQVFhcYGRobHB0eHw')];

describe('who signs for an enrolment', () => {
  it('is one officer only for somebody new who isn’t an officer', async () => {
    const keystore = await SoftKeystore.make();
    const entries = [await keystore.enrol(await SoftPasskey.make(), { subject: a })];
    const directory = await checkDirectory({ entries, revocations: [] }, keystore.pins);
    const stranger = staffId.parse(randomId());
    expect(takesTwo(directory, { subject: stranger, role: 'physician' })).toBe(false);
    expect(takesTwo(directory, { subject: stranger, role: 'privacyOfficer' })).toBe(true);
    expect(takesTwo(directory, { subject: a, role: 'physician' })).toBe(true);
    expect(takesTwo(directory, { subject: a, role: 'nurse' })).toBe(true);
  });

  it('is still two for somebody whose every passkey was ended', async () => {
    const keystore = await SoftKeystore.make();
    const entry = await keystore.enrol(await SoftPasskey.make(), { subject: a });
    const { clinic } = keystore.pins;
    const revocation = await keystore.sign({
      ...{ type: 'sotto/clinician-revoked/v1' as const, clinic, subject: a, credential: entry.payload.credential },
      ...{ reason: 'lost' as const, revokedBy: [b], revokedAt: '2031-01-02T00:00:00.000Z' },
    });
    const directory = await checkDirectory({ entries: [entry], revocations: [revocation] }, keystore.pins);
    expect(directory.passkeys[0]?.revoked?.reason).toBe('lost');
    expect(takesTwo(directory, { subject: a, role: 'physician' })).toBe(true);
  });

  it('is two in the order of their ids, begun by the first', () => {
    expect(signersFor(a, b, true)).toEqual({ signers: [a, b], meBegins: true });
    expect(signersFor(b, a, true)).toEqual({ signers: [a, b], meBegins: false });
    expect(signersFor(a, b, false)).toEqual({ signers: [a], meBegins: true });
  });

  it('is nobody where a second one is needed and there is none', () => {
    expect(signersFor(a, null, true)).toBeNull();
    expect(signersFor(a, a, true)).toBeNull();
  });
});
