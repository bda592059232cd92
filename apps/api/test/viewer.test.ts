import { relayed } from '@sotto/protocol/keystoreRoutes';
import { describe, expect, it } from 'vitest';
import { viewerOf } from '../src/viewer.ts';

describe('what a request tells of its sender', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:192.0.2.7', '192.0.2.7'],
    ['2001:db8::7', '2001:db8::7'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::ffff:c000:207', '::ffff:c000:207'],
    ['somewhere', null],
    ['', null],
  ])('has of the address %s what the log takes', (ip, address) => {
    expect(relayed.parse({ ...viewerOf({ ip, headers: {} }), related: [] })).toMatchObject({ address });
  });

  it.each([
    [undefined, null],
    ['', null],
    ['  \t\u0000 ', null],
    ['Mozilla/5.0 (X11; Linux)', 'Mozilla/5.0 (X11; Linux)'],
    ['Ünïcode/1\r\nline', 'ncode/1line'],
    ['x'.repeat(5000), 'x'.repeat(256)],
    [`${'x'.repeat(255)} y`, 'x'.repeat(255)],
  ])('has of the program %j what the log takes (%#)', (text, userAgent) => {
    const headers = text === undefined ? {} : { 'user-agent': text };
    expect(relayed.parse({ ...viewerOf({ ip: '::1', headers }), related: [] })).toMatchObject({ userAgent });
  });
});
