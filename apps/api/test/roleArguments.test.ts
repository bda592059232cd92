import { noLimits } from '@sotto/protocol/roleLimits';
import { StartError } from '@sotto/service/errors';
import { describe, expect, it } from 'vitest';
import { parseRoleArguments } from '../src/roleArguments.ts';

const now = new Date('2026-06-17T12:30:00Z');
const parse = (...args: string[]) => parseRoleArguments(args, now);

describe('what the command for roles is asked', () => {
  it('is a role with its limits, or the end of one', () => {
    const [email, role] = ['a@clinic.example', 'nurse'];
    expect(parse('end', 'A@Clinic.example', role)).toEqual({ does: 'end', email, role });
    expect(parse('disable', 'A@Clinic.example')).toEqual({ does: 'disable', email });
    expect(parse('reset', 'A@Clinic.example')).toEqual({ does: 'reset', email });
    expect(parse('give', email, role)).toEqual({ does: 'give', email, role, limits: noLimits });
    const every = [1, 2, 3, 4, 5, 6, 7];
    for (const [args, limits] of [
      [['--until', '2026-06-17T14:31:00+02:00'], { until: '2026-06-17T14:31:00+02:00' }],
      [['--from', '2026-06-17T14:31:00+02:00'], { from: '2026-06-17T14:31:00+02:00' }],
      [['--network', '2001:db8::/32'], { network: '2001:db8::/32' }],
      [['--network', '::/0'], { network: '::/0' }],
      [['--network', '10.1.0.0/16'], { network: '10.1.0.0/16' }],
      [['--network', '192.0.2.7/32'], { network: '192.0.2.7/32' }],
      [['--hours', '22:00-06:30'], { hours: { from: 1320, to: 390, days: every } }],
      [['--days', '6,7'], { hours: { from: 0, to: 1440, days: [6, 7] } }],
    ] as const) {
      expect(parse('give', email, role, ...args)).toMatchObject({ limits });
    }
  });

  it.each([
    ['nothing', []],
    ['a role that there isn’t', ['give', 'a@clinic.example', 'patient']],
    ['no address', ['give', 'a', 'nurse']],
    ['something else', ['take', 'a@clinic.example', 'nurse']],
    ['a limit of what ends', ['end', 'a@clinic.example', 'nurse', '--days', '1']],
    ['an end that was before', ['give', 'a@clinic.example', 'nurse', '--until', '2026-06-17T12:30:00Z']],
    [
      'an end before its beginning',
      ['give', 'a@clinic.example', 'nurse', '--from', '2027-01-02T00:00:00Z', '--until', '2027-01-01T00:00:00Z'],
    ],
    ['the same day twice', ['give', 'a@clinic.example', 'nurse', '--days', '1,1']],
    ['an end without a zone', ['give', 'a@clinic.example', 'nurse', '--until', '2026-12-31']],
    ['no network', ['give', 'a@clinic.example', 'nurse', '--network', '10.0.0.0/33']],
    ['a machine in a network', ['give', 'a@clinic.example', 'nurse', '--network', '10.0.0.5/8']],
    ['a machine in a network of IPv6', ['give', 'a@clinic.example', 'nurse', '--network', '2001:db8::5/64']],
    ['hours that last for none', ['give', 'a@clinic.example', 'nurse', '--hours', '08:00-08:00']],
    ['a role of an account to disable', ['disable', 'a@clinic.example', 'nurse']],
    ['a limit of an account to disable', ['disable', 'a@clinic.example', '--days', '1']],
    ['no hours', ['give', 'a@clinic.example', 'nurse', '--hours', '8-18']],
    ['hours that no day has', ['give', 'a@clinic.example', 'nurse', '--hours', '08:00-24:30']],
    ['no days', ['give', 'a@clinic.example', 'nurse', '--days', '']],
    ['a day that no week has', ['give', 'a@clinic.example', 'nurse', '--days', '1,8']],
    ['a limit that there isn’t', ['give', 'a@clinic.example', 'nurse', '--since', '1']],
  ])('is refused when it is %s', (_, args) => {
    expect(() => parse(...args)).toThrow(StartError);
  });
});
