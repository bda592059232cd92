import { staffId, visitId } from '@sotto/protocol/ids';
import type { CredentialId } from '@sotto/protocol/keystore';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { PasskeyFault } from '../keystore/errors.ts';
import type { Pins } from '../keystore/pins.ts';
import { NoteDesk } from './noteDesk.ts';

const id = 'AAECAwQFBgcICQoLDA0ODw';
/** What a keystore and a passkey would do, each step told apart. */
const steps = { sealNote: vi.fn(), signNote: vi.fn(), storeNote: vi.fn() };

const passkey = { credential: 'ICEiIyQlJicoKSorLC0uLw' as CredentialId, publicKey: '' };
const pins = {} as Pins;
let desk: NoteDesk;

beforeEach(() => {
  desk = new NoteDesk(visitId.parse(id), staffId.parse(id), async () => steps);
  steps.sealNote.mockReset().mockImplementation(async (text: string) => ({ sealed: text }));
  steps.signNote.mockReset().mockImplementation(async (note: { sealed: string }) => ({ signed: note.sealed }));
  steps.storeNote.mockReset().mockImplementation(async () => ({ registeredAt: '', index: 7, isWitnessed: true }));
});

describe('a note', () => {
  it('is sealed, signed and stored, and then gone from the desk', async () => {
    desk.write('text');
    await desk.save(passkey, pins);
    expect(desk.getSnapshot()).toMatchObject({ text: '', saving: { tag: 'idle' }, stored: [{ index: 7 }] });
  });

  it('stays when the passkey says no, and isn’t sealed a second time', async () => {
    steps.signNote.mockRejectedValueOnce(new PasskeyFault('cancelled'));
    desk.write('text');
    await desk.save(passkey, pins);
    expect(desk.getSnapshot()).toMatchObject({ text: 'text', saving: { tag: 'failed', isSigned: false } });
    await desk.save(passkey, pins);
    expect(steps.sealNote).toHaveBeenCalledTimes(1);
    expect(desk.getSnapshot().stored).toHaveLength(1);
  });

  it('is sealed anew when its text was changed before it was signed', async () => {
    steps.signNote.mockRejectedValueOnce(new PasskeyFault('cancelled'));
    desk.write('text');
    await desk.save(passkey, pins);
    desk.write('another text');
    await desk.save(passkey, pins);
    expect(steps.signNote).toHaveBeenLastCalledWith({ sealed: 'another text' }, passkey, pins);
  });

  it('doesn’t change once it is signed, and is stored again as it is', async () => {
    steps.storeNote.mockRejectedValueOnce(new Error('lost'));
    desk.write('text');
    await desk.save(passkey, pins);
    expect(desk.getSnapshot().saving).toMatchObject({ tag: 'failed', isSigned: true });
    desk.write('another text');
    expect(desk.getSnapshot().text).toBe('text');
    await desk.save(passkey, pins);
    expect(steps.signNote).toHaveBeenCalledTimes(1);
    expect(steps.storeNote.mock.calls.map(([signed]) => signed as unknown)).toEqual([
      { signed: 'text' },
      { signed: 'text' },
    ]);
  });

  it('can be given up when it is signed: what comes then is another', async () => {
    steps.storeNote.mockRejectedValueOnce(new Error('lost'));
    desk.write('text');
    await desk.save(passkey, pins);
    desk.change();
    desk.write('another text');
    await desk.save(passkey, pins);
    expect(steps.sealNote).toHaveBeenCalledTimes(2);
    expect(steps.signNote).toHaveBeenCalledTimes(2);
  });

  it('takes no typing while it is on its way, and isn’t saved twice at once or empty', async () => {
    desk.write('   ');
    await desk.save(passkey, pins);
    expect(steps.sealNote).not.toHaveBeenCalled();
    desk.write('text');
    const saving = desk.save(passkey, pins);
    desk.write('too late');
    desk.change();
    await desk.save(passkey, pins);
    await saving;
    expect(steps.sealNote).toHaveBeenCalledTimes(1);
    expect(steps.sealNote.mock.calls[0]?.[0]).toBe('text');
  });
});

describe('a note on a page that locks', () => {
  it('is out of sight until its writer is back, and takes no typing meanwhile', async () => {
    desk.write('text');
    await desk.cover();
    expect(desk.getSnapshot()).toMatchObject({ text: '', isCovered: true });
    expect(desk.hasDraft).toBe(true);
    desk.write('another’s');
    await desk.save(passkey, pins);
    expect(steps.sealNote).not.toHaveBeenCalled();
    await desk.uncover();
    expect(desk.getSnapshot()).toMatchObject({ text: 'text', isCovered: false });
    await desk.save(passkey, pins);
    expect(desk.getSnapshot().stored).toHaveLength(1);
    expect(desk.hasDraft).toBe(false);
  });

  it('is nothing where nothing was written', async () => {
    await desk.cover();
    expect([desk.hasDraft, desk.getSnapshot().isCovered]).toEqual([false, false]);
    await desk.uncover();
    desk.write('text');
    expect(desk.getSnapshot().text).toBe('text');
  });

  it('goes on to be stored, or is put away when that fails, with its signature', async () => {
    steps.storeNote.mockRejectedValueOnce(new Error('locked'));
    desk.write('text');
    const saving = desk.save(passkey, pins);
    await desk.cover();
    await saving;
    expect(desk.getSnapshot()).toMatchObject({ text: '', isCovered: true, saving: { isSigned: true } });
    await desk.uncover();
    await desk.save(passkey, pins);
    expect(steps.signNote).toHaveBeenCalledTimes(1);
    expect(desk.getSnapshot()).toMatchObject({ text: '', stored: [{ index: 7 }] });
  });

  it('is there for whoever unlocks at once, and covered for whoever doesn’t', async () => {
    desk.write('text');
    await Promise.all([desk.cover(), desk.uncover()]);
    expect(desk.getSnapshot()).toMatchObject({ text: 'text', isCovered: false });
    await desk.cover();
    await Promise.all([desk.uncover(), desk.cover()]);
    expect(desk.getSnapshot()).toMatchObject({ text: '', isCovered: true });
  });
});
