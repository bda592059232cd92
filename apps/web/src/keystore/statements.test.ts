import type { ClinicianStatement } from '@sotto/protocol/keystore';
import { QueryClient } from '@tanstack/react-query';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { SoftKeystore } from '../../test/softKeystore.ts';
import { SoftPasskey } from '../../test/softPasskey.ts';
import { checkDirectory, findPasskey, livingPasskeys } from './directory.ts';
import { identityQuery } from './keystoreQueries.ts';
import { canCheckSignatures, isSigned } from './statements.ts';
import { wordsOf } from './troubleWords.ts';

let keystore: SoftKeystore;
let entry: ClinicianStatement;

beforeAll(async () => {
  keystore = await SoftKeystore.make();
  entry = await keystore.enrol(await SoftPasskey.make());
});

describe('a statement', () => {
  it('counts under the key that signed it', async () => {
    expect(await isSigned(entry, keystore.pins.statementKey)).toBe(true);
  });

  it('doesn’t count under another key, or with another word', async () => {
    const other = await SoftKeystore.make();
    expect(await isSigned(entry, other.pins.statementKey)).toBe(false);
    const changed = { ...entry, payload: { ...entry.payload, role: 'privacyOfficer' } };
    expect(await isSigned(changed, keystore.pins.statementKey)).toBe(false);
    expect(await isSigned(entry, 'AAAA')).toBe(false);
    expect(await isSigned({ ...entry, signature: 'AA' }, keystore.pins.statementKey)).toBe(false);
  });
});

describe('a browser that can’t check signatures', () => {
  it('is told to be another one, and nothing is called unsigned, nor asked for', async () => {
    expect(await canCheckSignatures()).toBe(true);
    const asked = vi.spyOn(globalThis, 'fetch');
    vi.spyOn(crypto.subtle, 'importKey').mockRejectedValue(new DOMException('Ed25519', 'NotSupportedError'));
    const read = new QueryClient().query(identityQuery);
    await expect(read).rejects.toMatchObject({ name: 'EvidenceFault', code: 'cantCheck' });
    expect(asked).not.toHaveBeenCalled();
    expect(wordsOf({ of: 'evidence', code: 'cantCheck' })).toBe('cantCheck');
    vi.restoreAllMocks();
  });
});

describe('the directory', () => {
  const { subject } = { subject: 'EBESExQVFhcYGRobHB0eHw' as ClinicianStatement['payload']['subject'] };

  it('keeps what the keystore signed and counts what it didn’t', async () => {
    const forged = await (await SoftKeystore.make()).enrol(await SoftPasskey.make());
    const elsewhere = await keystore.enrol(await SoftPasskey.make(), { clinic: forged.payload.clinic });
    const directory = await checkDirectory({ entries: [entry, forged, elsewhere], revocations: [] }, keystore.pins);
    expect(directory.passkeys.map((one) => one.entry.credential)).toEqual([entry.payload.credential]);
    expect(directory.spoilt).toBe(2);
    expect(findPasskey(directory, forged.payload.credential)).toBeNull();
  });

  it('knows which passkeys were revoked, and doesn’t take a stranger’s word for it', async () => {
    const [one, two] = [
      await keystore.enrol(await SoftPasskey.make(), { subject }),
      await keystore.enrol(await SoftPasskey.make(), { subject }),
    ];
    const payload = {
      type: 'sotto/clinician-revoked/v1' as const,
      ...{ clinic: keystore.pins.clinic, subject, credential: one.payload.credential },
      ...{ reason: 'lost' as const, revokedBy: [], revokedAt: '2031-02-01T00:00:00.000Z' },
    };
    const stranger = await (await SoftKeystore.make()).sign(payload);
    const unharmed = await checkDirectory({ entries: [one, two], revocations: [stranger] }, keystore.pins);
    expect(livingPasskeys(unharmed, subject)).toHaveLength(2);
    expect(unharmed.spoilt).toBe(1);
    const revocations = [await keystore.sign(payload)];
    const directory = await checkDirectory({ entries: [one, two], revocations }, keystore.pins);
    expect(livingPasskeys(directory, subject).map(({ credential }) => credential)).toEqual([two.payload.credential]);
    expect(findPasskey(directory, one.payload.credential)?.revoked).toEqual({ reason: 'lost', at: payload.revokedAt });
  });

  it('lets a replacement end every older passkey of that person', async () => {
    const old = [
      await keystore.enrol(await SoftPasskey.make(), { subject }),
      await keystore.enrol(await SoftPasskey.make(), { subject }),
    ];
    const fresh = await keystore.enrol(await SoftPasskey.make(), { subject, enrolledAt: '2031-03-01T00:00:00.000Z' });
    const later = await keystore.enrol(await SoftPasskey.make(), { subject, enrolledAt: '2031-04-01T00:00:00.000Z' });
    const directory = await checkDirectory(
      { entries: [...old, fresh, later, entry], revocations: [fresh] },
      keystore.pins,
    );
    expect(livingPasskeys(directory, subject).map(({ credential }) => credential)).toEqual([
      fresh.payload.credential,
      later.payload.credential,
    ]);
    expect(findPasskey(directory, old[0]?.payload.credential ?? entry.payload.credential)?.revoked?.reason).toBe(
      'replaced',
    );
    expect(livingPasskeys(directory, entry.payload.subject)).toHaveLength(1);
  });
});
