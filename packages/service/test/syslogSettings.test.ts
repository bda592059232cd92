import { afterEach, expect, it, vi } from 'vitest';
import { configureSyslog } from '../src/syslogSettings.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const set = (named: Record<string, string>): void => {
  for (const [name, value] of Object.entries(named)) vi.stubEnv(`API_SYSLOG_${name}`, value);
};

it('has no collector unless one is named', () => {
  expect(configureSyslog('API_SYSLOG')).toBeNull();
});

it('takes a collector on the usual port, by the authorities that the machine knows', () => {
  set({ HOST: 'logs.clinic.test', CURSOR_FILE: '/var/lib/sotto/syslog' });
  expect(configureSyslog('API_SYSLOG')).toEqual({
    collector: { host: 'logs.clinic.test', port: 6514, ca: null, identity: null },
    cursorFile: '/var/lib/sotto/syslog',
  });
});

it.each([
  [{ HOST: 'logs.clinic.test' }, 'API_SYSLOG_CURSOR_FILE'],
  [{ HOST: 'logs.clinic.test', CURSOR_FILE: '/c', CERT: '/cert' }, 'API_SYSLOG_KEY'],
  [{ HOST: 'logs.clinic.test', CURSOR_FILE: '/c', PORT: '70000' }, 'API_SYSLOG_PORT'],
  [{ HOST: 'a b', CURSOR_FILE: '/c' }, 'API_SYSLOG_HOST'],
])('names what is wrong', (named, variable) => {
  set(named);
  expect(() => configureSyslog('API_SYSLOG')).toThrow(variable);
});
