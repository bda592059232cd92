import { StartError } from '@sotto/service/errors';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fullJitter } from '../src/backoff.ts';
import { listenAddresses, readSettings } from '../src/settings.ts';

describe('full jitter', () => {
  test('stays within a ceiling that doubles and is capped', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 1000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (failures, at) => {
          const wait = fullJitter(failures, 250, 10_000, () => at);
          expect(wait).toBeGreaterThanOrEqual(0);
          expect(wait).toBeLessThan(Math.min(10_000, 250 * 2 ** failures));
        },
      ),
    );
  });

  test('reaches the ceiling and the floor', () => {
    expect(fullJitter(0, 250, 10_000, () => 0.999)).toBe(249);
    expect(fullJitter(3, 250, 10_000, () => 0.999)).toBe(1998);
    expect(fullJitter(60, 250, 10_000, () => 0.999)).toBe(9990);
    expect(fullJitter(60, 250, 10_000, () => 0)).toBe(0);
  });
});

describe('listen addresses', () => {
  test.each([
    ['127.0.0.1', [{ ip: '127.0.0.1' }]],
    ['127.0.0.1, ::1', [{ ip: '127.0.0.1' }, { ip: '::1' }]],
    ['10.0.0.5=visits.clinic.test', [{ ip: '10.0.0.5', announcedAddress: 'visits.clinic.test' }]],
    [
      '0.0.0.0=192.168.1.2,::=fd00::2',
      [
        { ip: '0.0.0.0', announcedAddress: '192.168.1.2' },
        { ip: '::', announcedAddress: 'fd00::2' },
      ],
    ],
  ])('%s', (text, expected) => {
    expect(listenAddresses.parse(text)).toEqual(expected);
  });

  test.each(['', ',', 'localhost', '127.0.0.1=', '127.0.0.1=a=b', '127.0.0.1=a b', '300.0.0.1'])(
    'refuses %j',
    (text) => {
      expect(listenAddresses.safeParse(text).success).toBe(false);
    },
  );
});

describe('settings', () => {
  const source = {
    SFU_CONTROL_URL: 'https://127.0.0.1:8445',
    SFU_TLS_CERT: '/nonexistent/cert.pem',
    SFU_TLS_KEY: '/nonexistent/key.pem',
    SFU_TLS_CA: '/nonexistent/ca.pem',
    SFU_WORKERS: '2',
    SFU_RTC_PORT: '8453',
    SFU_LISTEN: '127.0.0.1',
    MEDIASOUP_WORKER_BIN: '/nonexistent/worker',
  };
  const complaint = (changed: Record<string, string | undefined>): string => {
    try {
      readSettings({ ...source, ...changed });
    } catch (fault) {
      if (fault instanceof StartError) return fault.message;
    }
    throw new Error('no complaint');
  };

  test.each([
    [{ SFU_WORKERS: undefined }, 'Set SFU_WORKERS'],
    [{ SFU_WORKERS: '0' }, 'SFU_WORKERS'],
    [{ SFU_CONTROL_URL: 'http://127.0.0.1:8445' }, 'SFU_CONTROL_URL'],
    [{ SFU_CONTROL_URL: 'https://127.0.0.1:8445/path' }, 'SFU_CONTROL_URL'],
    [{ SFU_RTC_PORT: '65535' }, 'SFU_RTC_PORT is too high'],
    [{}, 'SFU_TLS_CERT'],
  ])('%j is refused with a sentence', (changed, sentence) => {
    expect(complaint(changed)).toContain(sentence);
  });
});
