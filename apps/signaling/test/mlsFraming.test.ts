import { randomBytes } from 'node:crypto';
import { groupId } from '@sotto/protocol/ids';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contentTypes, isFramedAs, readPrivateFraming } from '../src/mlsFraming.ts';
import { type Frame, frame, vector } from './mlsFrames.ts';

const group = groupId.parse(randomBytes(32).toString('base64url'));
const other = groupId.parse(randomBytes(32).toString('base64url'));
const good: Frame = { groupId: group, epoch: 7, contentType: contentTypes.commit };
const expected = { contentType: contentTypes.commit, groupId: group, epoch: 7 };

describe('a private message', () => {
  test('is read from bytes written down by hand', () => {
    // version, wire format, group_id<V> "abc", epoch 258, commit, no authenticated data, sender data, ciphertext
    const octets = Buffer.from(
      '0001' + '0002' + '03616263' + '0000000000000102' + '03' + '00' + '02aabb' + '01cc',
      'hex',
    );
    expect(readPrivateFraming(octets)).toEqual({
      groupId: Buffer.from('abc').toString('base64url'),
      epoch: 258n,
      contentType: 3,
    });
  });

  test.each([1, 63, 64, 16_383, 16_384, 90_000])('with %i bytes of ciphertext is taken', (size) => {
    expect(isFramedAs(frame({ ...good, size }), expected)).toBe(true);
  });

  test('is taken from the middle of a buffer', () => {
    const octets = frame(good);
    const padded = Buffer.concat([randomBytes(5), octets, randomBytes(5)]);
    expect(isFramedAs(padded.subarray(5, 5 + octets.length), expected)).toBe(true);
  });

  test('of any epoch is taken where none is asked for', () => {
    const { epoch, ...withoutEpoch } = expected;
    expect(isFramedAs(frame({ ...good, epoch: epoch + 3 }), withoutEpoch)).toBe(true);
  });
});

describe('refused is', () => {
  const changes: [string, Partial<Frame>][] = [
    ['another version', { version: 2 }],
    ['a public message', { wireFormat: 1 }],
    ['a welcome', { wireFormat: 3 }],
    ['another group', { groupId: other }],
    ['a group id cut short', { groupId: group.slice(0, 40) }],
    ['the epoch before', { epoch: 6 }],
    ['the epoch after', { epoch: 8 }],
    ['an application message', { contentType: contentTypes.application }],
    ['a proposal', { contentType: 2 }],
    ['no kind of content', { contentType: 0 }],
    ['no ciphertext', { size: 0 }],
  ];
  test.each(changes)('%s', (_name, change) => {
    expect(isFramedAs(frame({ ...good, ...change }), expected)).toBe(false);
  });

  test('a message cut short anywhere, or with anything after it', () => {
    const octets = frame({ ...good, size: 70 });
    for (let end = 0; end < octets.length; end += 1) expect(isFramedAs(octets.subarray(0, end), expected)).toBe(false);
    expect(isFramedAs(Buffer.concat([octets, Buffer.of(0)]), expected)).toBe(false);
  });

  test('a length that isn’t in its shortest form, or in one that there is not', () => {
    const octets = Buffer.from(frame(good));
    const rest = octets.subarray(4 + 33);
    const id = Buffer.from(group, 'base64url');
    const framedWith = (prefix: Buffer) => Buffer.concat([octets.subarray(0, 4), prefix, id, rest]);
    expect(isFramedAs(framedWith(vector(id).subarray(0, 1)), expected)).toBe(true);
    expect(isFramedAs(framedWith(Buffer.of(0x40, 32)), expected)).toBe(false);
    expect(isFramedAs(framedWith(Buffer.of(0x80, 0, 0, 32)), expected)).toBe(false);
    expect(isFramedAs(framedWith(Buffer.of(0xc0, 0, 0, 0, 0, 0, 0, 32)), expected)).toBe(false);
  });

  test('whatever else, without a fault', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => !isFramedAs(octets, expected)));
  });
});
