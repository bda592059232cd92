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
const leafOf = (letter: string) => ({
  clinicId: clinicId.parse(id),
  visitId: visitId.parse(id),
  leaf: leafThumbprint.parse(letter.repeat(43)),
});
const leaf = leafOf('l');
const nobody = { has: () => false };
const proofUntil = (ms: number) => ({ expiry: new Date(Date.now() + ms).toISOString() }) as ClinicianProof;
const proof = proofUntil(3_600_000);
const known = (changes: Partial<ClinicDirectory> = {}): ClinicDirectory => ({
  trust: { statementKey: 'k'.repeat(43), rpId: 'clinic.example', revoked: [] },
  demand: null,
  isKnown: true,
  entriesOf: () => [{} as ClinicianStatement],
  trouble: null,
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
    expect(await confirmer.prove(leaf, known(), nobody)).toBe(proof);
    expect(confirmer.confirmation()).toBeNull();
    const again = confirmer.prove(leafOf('m'), known(), nobody);
    expect(confirmer.confirmation()).toEqual({ state: 'due', fault: null, mayGoWithout: false, isBack: true });
    confirmer.answer('without');
    expect(sign).toHaveBeenCalledTimes(1);
    const third = confirmer.prove(leafOf('n'), known(), nobody);
    confirmer.answer('sign');
    expect(await third).toBe(proof);
    expect(sign).toHaveBeenCalledTimes(2);
    expect(await Promise.race([again, Promise.resolve('superseded')])).toBe('superseded');
  });

  it('once for a leaf: a ticket that has to be asked for again doesn’t ask them again', async () => {
    const { sign, refuses } = passkey();
    const confirmer = createConfirmer(target, () => undefined, sign);
    expect(await confirmer.prove(leaf, known(), nobody)).toBe(proof);
    expect(await confirmer.prove(leaf, known(), nobody)).toBe(proof);
    expect(sign).toHaveBeenCalledTimes(1);
    expect(confirmer.confirmation()).toBeNull();

    const without = createConfirmer(target, () => undefined, sign);
    refuses();
    const proving = without.prove(leaf, known(), nobody);
    await vi.waitFor(() => {
      expect(without.confirmation()?.state).toBe('due');
    });
    without.answer('without');
    expect(await proving).toBeNull();
    expect(await without.prove(leaf, known(), nobody)).toBeNull();
    expect(sign).toHaveBeenCalledTimes(2);
  });

  it('again for the same leaf when the time of what they signed is nearly over', async () => {
    const sign = vi.fn<typeof proveLeaf>(() => Promise.resolve(proofUntil(60_000)));
    const confirmer = createConfirmer(target, () => undefined, sign);
    await confirmer.prove(leaf, known(), nobody);
    const again = confirmer.prove(leaf, known(), nobody);
    confirmer.answer('sign');
    await again;
    expect(sign).toHaveBeenCalledTimes(2);
  });

  it('and not without it where they stood in the visit as a clinician of the directory before the page was loaded', async () => {
    const { sign, refuses } = passkey();
    const confirmer = createConfirmer(target, () => undefined, sign);
    refuses();
    void confirmer.prove(leaf, known(), { has: (staff) => staff === target.staffId });
    await vi.waitFor(() => {
      expect(confirmer.confirmation()).toEqual({ state: 'due', fault: 'cancelled', mayGoWithout: false, isBack: true });
    });
    confirmer.close();
  });

  it('again after a no, or goes in without one where the clinic lets them', async () => {
    const { sign, refuses } = passkey();
    const confirmer = createConfirmer(target, () => undefined, sign);
    refuses();
    refuses();
    const proving = confirmer.prove(leaf, known(), nobody);
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
    const proving = confirmer.prove(leaf, known({ demand: 'server' }), nobody);
    await vi.waitFor(() => {
      expect(confirmer.confirmation()).toMatchObject({ state: 'due', mayGoWithout: false });
    });
    confirmer.answer('without');
    expect(await Promise.race([proving, new Promise((resolve) => setTimeout(resolve, 20, 'waits'))])).toBe('waits');
  });

  it('never, where there is nothing to sign with or nobody to sign for', async () => {
    const { sign } = passkey();
    const confirmer = createConfirmer(target, () => undefined, sign);
    expect(await confirmer.prove(leaf, known({ trust: null }), nobody)).toBeNull();
    expect(await confirmer.prove(leaf, known({ entriesOf: () => [] }), nobody)).toBeNull();
    const patient = createConfirmer({ kind: 'patient' }, () => undefined, sign);
    expect(await patient.prove(leaf, known(), nobody)).toBeNull();
    expect(sign).not.toHaveBeenCalled();
  });

  it('and the question is taken back when the leaf is lost meanwhile', async () => {
    const { sign, waits } = passkey();
    const confirmer = createConfirmer(target, () => undefined, sign);
    waits();
    void confirmer.prove(leaf, known(), nobody);
    expect(confirmer.confirmation()?.state).toBe('asking');
    void confirmer.prove(leafOf('m'), known(), nobody);
    expect(sign.mock.calls[0]?.[3].aborted).toBe(true);
    expect(confirmer.confirmation()).toMatchObject({ state: 'due', isBack: false });
    confirmer.close();
    expect(confirmer.confirmation()).toBeNull();
  });
});
