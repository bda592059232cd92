import type { ClinicianProof } from '@sotto/protocol/clinicianProof';
import { clinicId, leafThumbprint, staffId, visitId } from '@sotto/protocol/ids';
import type { ClinicianStatement } from '@sotto/protocol/keystore';
import { describe, expect, it, vi } from 'vitest';
import { PasskeyFault } from '../keystore/errors.ts';
import type { ClinicDirectory } from './clinicDirectory.ts';
import { createConfirmer } from './confirmer.ts';
import type { proveLeaf } from './leafProof.ts';

const id = 'i'.repeat(22);
const target = { kind: 'physician', visitId: visitId.parse(id), staffId: staffId.parse(id) } as const;
const leaf = {
  clinicId: clinicId.parse(id),
  visitId: visitId.parse(id),
  leaf: leafThumbprint.parse('l'.repeat(43)),
};
const proof = { expiry: '2031-05-06T07:08:09Z' } as ClinicianProof;
const known = (changes: Partial<ClinicDirectory> = {}): ClinicDirectory => ({
  trust: { statementKey: 'k'.repeat(43), rpId: 'clinic.example', revoked: [] },
  requiresProof: false,
  entriesOf: () => [{} as ClinicianStatement],
  ...changes,
});

/** A passkey that answers as it is told, and counts how often it was asked. */
function passkey() {
  const answers: (() => Promise<ClinicianProof>)[] = [];
  const sign = vi.fn<typeof proveLeaf>(() => answers.shift()?.() ?? Promise.resolve(proof));
  return {
    sign,
    refuses: () => answers.push(() => Promise.reject(new PasskeyFault('cancelled'))),
    waits: () => answers.push(() => new Promise(() => undefined)),
  };
}

describe('a clinician is asked for the passkey', () => {
  it('by itself for the first leaf, by a press for each later one, and not without one afterwards', async () => {
    const { sign } = passkey();
    const confirmer = createConfirmer(target, () => undefined, sign);
    expect(await confirmer.prove(leaf, known())).toBe(proof);
    expect(confirmer.confirmation()).toBeNull();
    const again = confirmer.prove(leaf, known());
    expect(confirmer.confirmation()).toEqual({ state: 'due', fault: null, mayGoWithout: false, isBack: true });
    confirmer.answer('without');
    expect(sign).toHaveBeenCalledTimes(1);
    const third = confirmer.prove(leaf, known());
    confirmer.answer('sign');
    expect(await third).toBe(proof);
    expect(sign).toHaveBeenCalledTimes(2);
    expect(await Promise.race([again, Promise.resolve('superseded')])).toBe('superseded');
  });

  it('again after a no, or goes in without one where the clinic lets them', async () => {
    const { sign, refuses } = passkey();
    const confirmer = createConfirmer(target, () => undefined, sign);
    refuses();
    refuses();
    const proving = confirmer.prove(leaf, known());
    const due = { state: 'due', fault: 'cancelled', mayGoWithout: true, isBack: false };
    await vi.waitFor(() => {
      expect(confirmer.confirmation()).toEqual(due);
    });
    confirmer.answer('sign');
    await vi.waitFor(() => {
      expect(sign).toHaveBeenCalledTimes(2);
      expect(confirmer.confirmation()).toEqual(due);
    });
    confirmer.answer('without');
    expect(await proving).toBeNull();
    expect(confirmer.confirmation()).toBeNull();
  });

  it('until they sign, where the clinic demands it', async () => {
    const { sign, refuses } = passkey();
    const confirmer = createConfirmer(target, () => undefined, sign);
    refuses();
    const proving = confirmer.prove(leaf, known({ requiresProof: true }));
    await vi.waitFor(() => {
      expect(confirmer.confirmation()).toMatchObject({ state: 'due', mayGoWithout: false });
    });
    confirmer.answer('without');
    expect(await Promise.race([proving, new Promise((resolve) => setTimeout(resolve, 20, 'waits'))])).toBe('waits');
  });

  it('never, where there is nothing to sign with or nobody to sign for', async () => {
    const { sign } = passkey();
    const confirmer = createConfirmer(target, () => undefined, sign);
    expect(await confirmer.prove(leaf, known({ trust: null }))).toBeNull();
    expect(await confirmer.prove(leaf, known({ entriesOf: () => [] }))).toBeNull();
    const patient = createConfirmer({ kind: 'patient' }, () => undefined, sign);
    expect(await patient.prove(leaf, known())).toBeNull();
    expect(sign).not.toHaveBeenCalled();
  });

  it('and the question is taken back when the leaf is lost meanwhile', async () => {
    const { sign, waits } = passkey();
    const confirmer = createConfirmer(target, () => undefined, sign);
    waits();
    void confirmer.prove(leaf, known());
    expect(confirmer.confirmation()?.state).toBe('asking');
    void confirmer.prove(leaf, known());
    expect(sign.mock.calls[0]?.[3].aborted).toBe(true);
    expect(confirmer.confirmation()).toMatchObject({ state: 'due', isBack: false });
    confirmer.close();
    expect(confirmer.confirmation()).toBeNull();
  });
});
