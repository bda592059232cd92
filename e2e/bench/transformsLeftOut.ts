import { type CallCryptoStats, CallCrypto as Sealing } from '@sotto/e2ee';

/**
 * What call encryption costs is measured against this: the same client, group and worker, with no transform between
 * the encoder and the network. It takes the place of packages/e2ee's entry in a copy of the tree (`unsealedTree`) and
 * is no part of anything that ships.
 */
export { CallCryptoError, deriveGroupId, mechanisms } from '@sotto/e2ee';

type Receiver = CallCryptoStats['receivers'][number];

function leaveTransformsOut(sealing: typeof Sealing): typeof Sealing {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its own object below
  const { stats } = sealing.prototype;
  const received = new WeakMap<Sealing, Map<string, Receiver>>();
  Object.assign(sealing.prototype, {
    attachSender: () => Promise.resolve({ tag: 'alive' }),
    attachReceiver(this: Sealing, _: RTCRtpReceiver, { producerId, kind }: Pick<Receiver, 'producerId' | 'kind'>) {
      const own = received.get(this) ?? new Map<string, Receiver>();
      own.set(producerId, { producerId, kind, opened: 1, passedEmpty: 0, dropped: {}, mediaTime: null });
      received.set(this, own);
      return Promise.resolve({ tag: 'alive' });
    },
    async stats(this: Sealing) {
      return { ...(await stats.call(this)), receivers: [...(received.get(this)?.values() ?? [])] };
    },
  });
  return sealing;
}

export const CallCrypto = leaveTransformsOut(Sealing);
export type CallCrypto = Sealing;

/** Told otherwise, a peer connection waits for transforms that never come. */
export const peerConnectionSettings = {};
