import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.ts';
import { parseStartArguments } from './arguments.ts';

const parse = (...argv: string[]) => parseStartArguments(argv, { repository: '/srv/sotto', from: '/home/ana' });
const options = (...argv: string[]) => {
  const parsed = parse(...argv);
  return parsed.tag === 'run' ? parsed.options : undefined;
};
const complaint = (...argv: string[]) => {
  try {
    parse(...argv);
  } catch (fault) {
    if (fault instanceof UsageError) return fault.message;
  }
  return undefined;
};

describe('the arguments of npm start', () => {
  it('have defaults', () => {
    expect(options()).toEqual({ json: false, data: '/srv/sotto/.sotto', port: 8443, host: undefined });
  });

  it('are read in either form, paths counting from where the person is', () => {
    const wanted = { json: true, data: '/home/ana/visits', port: 9000, host: 'clinic.local' };
    expect(options('--json', '--data', 'visits', '--port', '9000', '--host', 'Clinic.local')).toEqual(wanted);
    expect(options('--host=clinic.local', '--port=9000', '--data=/home/ana/visits', '--json')).toEqual(wanted);
  });

  it('give help whatever else there is', () => {
    expect(parse('--help')).toEqual({ tag: 'help' });
    expect(parse('--json', '--help')).toEqual({ tag: 'help' });
  });

  it.each(['192.168.1.20', 'fd00::1', 'clinic', 'a-b.example.org', 'xn--mnchen-3ya.example'])(
    'take %s for a host',
    (host) => {
      expect(options('--host', host)?.host).toBe(host);
    },
  );

  it.each([
    ['clinic_1'],
    ['-a.example'],
    ['300.1.2.3'],
    ['1.2.3'],
    ['a..b'],
    ['https://clinic.local'],
    ['a'.repeat(64)],
    ['clinic.local:8443'],
  ])('refuse %s for a host', (host) => {
    expect(complaint(`--host=${host}`)).toMatch(/^--host must be/);
  });

  it.each(['0', '65462', '70000', '-1', '8e3', '8443x', ' 8443'])('refuse %s for a port', (port) => {
    expect(complaint(`--port=${port}`)).toMatch(/^--port must be a number from 1 to 65461/);
  });

  it.each([
    [['--verbose'], 'Unknown option --verbose'],
    [['-p', '8443'], 'Unknown option -p'],
    [['--constructor'], 'Unknown option --constructor'],
    [['serve'], 'Unexpected argument'],
    [['--', '--json'], 'Unexpected argument'],
    [['--port'], '--port needs a value'],
    [['--data', '--json'], '--data needs a value'],
    [['--data='], '--data needs a value'],
    [['--json=yes'], '--json takes no value'],
    [['--json', '--json'], '--json is given twice'],
    [['--port', '1', '--port=2'], '--port is given twice'],
  ])('refuse %j in one line', (argv, start) => {
    const line = complaint(...argv);
    expect(line?.startsWith(start)).toBe(true);
    expect(line).not.toContain('\n');
    expect(line).toContain('npm start -- --help');
  });
});
