import { transportId } from '@sotto/protocol/ids';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDtlsPeer, type DtlsPeer } from './dtlsPeer.ts';
import { newPeer, newRoom, startTestNode, type TestNode } from './node.ts';

let node: TestNode;
let peer: DtlsPeer;
beforeAll(async () => {
  [node, peer] = await Promise.all([startTestNode(1), createDtlsPeer()]);
});
afterAll(async () => {
  node.close();
  await peer.remove();
});

/** Connects a DTLS client that offers these suites, best first; the suite that the worker chose. */
async function chosen(...suites: string[]): Promise<string | null> {
  const at = { roomId: newRoom(), peerId: newPeer() };
  await node.command('room:open', { roomId: at.roomId });
  const made = await node.command('transport:create', { ...at, direction: 'send' });
  if (!made.ok) throw new Error('no transport');
  const { dtlsParameters } = peer;
  const connected = node.command('transport:connect', {
    ...at,
    transportId: transportId.parse(made.value.id),
    dtlsParameters,
  });
  const suite = await peer.negotiate(made.value, suites);
  expect(await connected).toEqual({ ok: true, value: {} });
  return suite;
}

const gcm128 = 'SRTP_AEAD_AES_128_GCM';
const gcm256 = 'SRTP_AEAD_AES_256_GCM';
const cm = 'SRTP_AES128_CM_SHA1_80';

describe('the worker chooses authenticated encryption', () => {
  test.each([
    ['128 bits alone', [gcm128], gcm128],
    ['128 bits, though the client likes HMAC-SHA1 better', [cm, gcm128], gcm128],
    ['256 bits where the client has both', [cm, gcm128, gcm256], gcm256],
  ])('%s', async (_, offered, expected) => {
    expect(await chosen(...offered)).toBe(expected);
  });
});
