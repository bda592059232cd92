import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { errorBody, errorCodes } from '../src/errors.ts';
import { accepted, refused, resultOf } from '../src/result.ts';
import { nodeHello, sfuCommands, sfuEvents } from '../src/sfuControl.ts';
import { caps, clientEvents, handshake, maxMessageBytes, serverEvents } from '../src/signaling.ts';

const schemas: [string, z.ZodType][] = [
  ...Object.entries(clientEvents).flatMap(([name, { request, reply }]): [string, z.ZodType][] => [
    [`client ${name}`, request],
    [`client ${name} reply`, reply],
  ]),
  ...Object.entries(serverEvents).map(([name, schema]): [string, z.ZodType] => [`server ${name}`, schema]),
  ...Object.entries(sfuCommands).flatMap(([name, { request, reply }]): [string, z.ZodType][] => [
    [`sfu ${name}`, request],
    [`sfu ${name} reply`, reply],
  ]),
  ...Object.entries(sfuEvents).map(([name, schema]): [string, z.ZodType] => [`sfu event ${name}`, schema]),
  ['handshake', handshake],
  ['nodeHello', nodeHello],
  ['errorBody', errorBody],
];

describe.each(schemas)('%s', (_, schema) => {
  it('refuses what is not an object, and fields that are not declared', () => {
    for (const value of [null, undefined, 0, '', 'text', true, [], [{}]]) {
      expect(schema.safeParse(value).success, JSON.stringify(value)).toBe(false);
    }
    expect(schema.safeParse({ undeclared: 1 }).success).toBe(false);
  });

  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withTypedArray: true }), (value) => {
        expect(() => schema.safeParse(value)).not.toThrow();
      }),
      { numRuns: 50 },
    );
  });
});

describe('signaling', () => {
  const id = 'a'.repeat(22);
  const hash = 'b'.repeat(43);
  const commit = {
    groupId: hash,
    epoch: 3,
    commit: new Uint8Array(caps.commit),
    welcomes: [{ to: id, leaf: hash, welcome: new Uint8Array(caps.welcome) }],
    removed: [],
  };
  const parses = (change: object) => clientEvents['mls:commit'].request.safeParse({ ...commit, ...change }).success;

  it('takes a commit and a welcome at their caps, and they fit one message', () => {
    expect(parses({})).toBe(true);
    expect(caps.commit + caps.welcome + 4096).toBeLessThan(maxMessageBytes);
  });

  it.each([
    ['a commit over its cap', { commit: new Uint8Array(caps.commit + 1) }],
    ['an empty commit', { commit: new Uint8Array(0) }],
    ['a welcome over its cap', { welcomes: [{ to: id, leaf: hash, welcome: new Uint8Array(caps.welcome + 1) }] }],
    ['21 removals', { removed: Array.from({ length: 21 }, () => ({ participantId: id, leaf: hash })) }],
    ['a negative epoch', { epoch: -1 }],
    ['an epoch beyond the safe integers', { epoch: 2 ** 53 }],
    ['a fraction of an epoch', { epoch: 0.5 }],
    ['a group id of another length', { groupId: id }],
  ])('refuses %s', (_, change) => {
    expect(parses(change)).toBe(false);
  });

  it('takes no role, visit or name from a client', () => {
    for (const field of ['role', 'visitId', 'name']) {
      const value = { keyPackage: new Uint8Array(1), [field]: 'physician' };
      expect(clientEvents['visit:enter'].request.safeParse(value).success).toBe(false);
    }
  });
});

describe('results', () => {
  const schema = resultOf(sfuCommands['room:close'].reply);

  it('round-trip', () => {
    expect(schema.parse(accepted({}))).toEqual({ ok: true, value: {} });
    for (const code of Object.values(errorCodes)) expect(schema.parse(refused(code))).toEqual({ ok: false, code });
    expect(schema.parse(refused('rateLimited', 5))).toEqual({ ok: false, code: 'rateLimited', retryAfterMs: 5 });
  });

  it.each([
    [{ ok: true }],
    [{ ok: true, value: { more: 1 } }],
    [{ ok: false, code: 'other' }],
    [{ ok: false, code: 'invalid', value: {} }],
    [{ ok: false, code: 'rateLimited', retryAfterMs: -1 }],
    [{ ok: 'true', value: {} }],
  ])('of another shape are refused: %j', (value) => {
    expect(schema.safeParse(value).success).toBe(false);
  });
});
