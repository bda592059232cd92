import { describe, expect, it } from 'vitest';
import { createPolicy, type Resource, type Role, roles } from '../src/index.ts';
import { ask, clinic, ours, physician, staff } from './ask.ts';

const policy = createPolicy(clinic, ours);

/** Who may, as the person whose account `d` is. */
const may = (action: string, resource: Resource, passkeySession = true, passkeyJustShown = passkeySession): Role[] =>
  roles.filter(
    (role) =>
      policy.decide(
        ask(
          { assignments: [{ ...physician, role }], action, resource },
          { passkey: false, passkeySession, passkeyJustShown },
        ),
      ).tag === 'permit',
  );

describe('the clinic’s people', () => {
  const itself: Resource = { type: 'Clinic' };
  const own: Resource = { type: 'Account', staff: staff('d') };
  const others: Resource = { type: 'Account', staff: staff('e') };
  const watching: readonly Role[] = ['privacyOfficer', 'admin'];

  it('are seen by administrators and privacy officers, who also ask who may do what', () => {
    expect(may('people:read', itself)).toEqual(watching);
    expect(may('people:read', others)).toEqual(watching);
    expect(may('policy:ask', itself)).toEqual(watching);
  });

  it.each(['giveRole', 'endRole', 'disable', 'enable'])('are changed by administrators alone: %s', (name) => {
    expect(may(`people:${name}`, others)).toEqual(['admin']);
  });

  it('are invited by administrators alone', () => {
    expect(may('people:invite', itself)).toEqual(['admin']);
  });

  it('get nothing from themselves; a role of one’s own may be given up', () => {
    for (const name of ['giveRole', 'disable', 'enable']) expect(may(`people:${name}`, own)).toEqual([]);
    expect(may('people:endRole', own)).toEqual(['admin']);
  });

  it('are changed by nobody with a password alone; they may be seen so', () => {
    for (const name of ['giveRole', 'endRole', 'disable', 'enable']) {
      expect(may(`people:${name}`, others, false)).toEqual([]);
    }
    expect(may('people:invite', itself, false)).toEqual([]);
    expect(may('people:read', itself, false)).toEqual(watching);
    expect(may('people:read', others, false)).toEqual(watching);
  });

  it('are changed by nobody whose passkey was shown long ago; they may be seen so', () => {
    for (const name of ['giveRole', 'endRole', 'disable', 'enable', 'resetSignIn']) {
      expect(may(`people:${name}`, others, true, false)).toEqual([]);
    }
    expect(may('people:invite', itself, true, false)).toEqual([]);
    expect(may('people:read', others, true, false)).toEqual(watching);
  });
});
