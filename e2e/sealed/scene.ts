import { CallCrypto, mechanisms, peerConnectionSettings } from '@sotto/e2ee';
import { type ProducerId, producerId } from '@sotto/protocol/ids';
import { Device, type types } from 'mediasoup-client';
import { Clinic, newPerson, type Person } from './clinic.ts';
import type { SfuRequests } from './testSfu.ts';

/** The test's SFU, as this page is given it. */
declare const sfu: SfuRequests;

/** The same RTP parameters in the words of mediasoup's two libraries, which differ in which extensions they list. */
const asReceived = (parameters: unknown): types.RtpParameters => parameters as types.RtpParameters;

interface Leaf {
  readonly who: Person;
  readonly crypto: CallCrypto;
}

interface Sent {
  readonly producerId: ProducerId;
  readonly kind: 'audio' | 'video';
}

const numbers = { audio: 1, video: 2 } as const;
const sources = { audio: 'microphone', video: 'camera' } as const;
/** Chromium's own setting, unknown to the DOM's types. */
const additionalSettings = peerConnectionSettings as Partial<RTCConfiguration>;

async function enter(clinic: Clinic, who: Person): Promise<Leaf> {
  const started = await CallCrypto.start({
    clinicId: clinic.id,
    visitId: clinic.visitId,
    identityKeys: [clinic.identityKey],
    directory: null,
    requiresProof: false,
    proven: [],
    mechanism: mechanisms.scriptTransform,
  });
  const outcome = await started.authorize(await clinic.grant(who, started.leaf));
  if (outcome.tag !== 'authorized') throw new Error(outcome.reason);
  return { who, crypto: started };
}

/** A group that one person opens and another is added to. */
async function group(clinic: Clinic, opener: Person, joiner: Person): Promise<{ opener: Leaf; joiner: Leaf }> {
  const [first, second] = [await enter(clinic, opener), await enter(clinic, joiner)];
  await first.crypto.createGroup(1);
  const proposal = await first.crypto.add([
    {
      participantId: joiner.participantId,
      leaf: second.crypto.leaf,
      role: joiner.role,
      session: joiner.session,
      keyPackage: await second.crypto.keyPackage(),
    },
  ]);
  if (proposal.tag !== 'pending') throw new Error(proposal.tag);
  await first.crypto.commitAccepted();
  const { groupId, epoch, welcomes } = proposal.commit;
  const [welcome] = welcomes;
  if (!welcome) throw new Error('no Welcome');
  const joined = await second.crypto.joinWelcome({
    groupId,
    incarnation: 1,
    epoch: epoch + 1,
    welcome: welcome.welcome,
  });
  if (joined.tag !== 'joined') throw new Error(joined.tag);
  return { opener: first, joiner: second };
}

/**
 * One sender and two receivers of the same sealed media. The receivers differ in their keys alone: the second stands
 * in a group of its own, with the same people, ids, epoch and leaf positions.
 */
export class Scene {
  readonly #sender: Leaf;
  readonly #receivers: { rightKeys: Leaf; wrongKeys: Leaf };
  readonly #shadow: Leaf;
  readonly #device: Device;
  #sent: Sent[] = [];

  private constructor(sender: Leaf, receivers: { rightKeys: Leaf; wrongKeys: Leaf }, shadow: Leaf, device: Device) {
    this.#sender = sender;
    this.#receivers = receivers;
    this.#shadow = shadow;
    this.#device = device;
  }

  static async open(capabilities: unknown): Promise<Scene> {
    const clinic = await Clinic.open();
    const [physician, patient] = [newPerson('physician', 'Dr Test'), newPerson('patient', 'Test')];
    const real = await group(clinic, physician, patient);
    const shadow = await group(clinic, physician, patient);
    const device = new Device();
    await device.load({ routerRtpCapabilities: capabilities as types.RtpCapabilities });
    return new Scene(real.opener, { rightKeys: real.joiner, wrongKeys: shadow.joiner }, shadow.opener, device);
  }

  /** Sends camera and microphone, sealed, and announces them in both groups. */
  async send(): Promise<void> {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 640, height: 360 } });
    const transport = this.#device.createSendTransport({ ...(await sfu.createTransport()), additionalSettings });
    transport.on('connect', ({ dtlsParameters }, done, failed) => {
      sfu.connect(transport.id, dtlsParameters).then(done, failed);
    });
    transport.on('produce', ({ kind, rtpParameters }, done, failed) => {
      sfu.produce(transport.id, kind, rtpParameters).then((id) => done({ id }), failed);
    });
    for (const track of stream.getTracks()) {
      const kind = track.kind === 'audio' ? 'audio' : 'video';
      const attached: Promise<unknown>[] = [];
      const producer = await transport.produce({
        track,
        onRtpSender: (sender) => {
          attached.push(this.#sender.crypto.attachSender(sender, { track: numbers[kind], kind }));
        },
      });
      await Promise.all(attached);
      this.#sent = [...this.#sent, { producerId: producerId.parse(producer.id), kind }];
    }
    const { rightKeys, wrongKeys } = this.#receivers;
    await this.#announce(this.#sender, rightKeys);
    await this.#announce(this.#shadow, wrongKeys);
  }

  /** Has a receiver's elements play what arrives. */
  async receive(who: 'rightKeys' | 'wrongKeys'): Promise<void> {
    const transport = this.#device.createRecvTransport({ ...(await sfu.createTransport()), additionalSettings });
    transport.on('connect', ({ dtlsParameters }, done, failed) => {
      sfu.connect(transport.id, dtlsParameters).then(done, failed);
    });
    for (const { producerId, kind } of this.#sent) {
      const { id, rtpParameters } = await sfu.consume(transport.id, producerId, this.#device.recvRtpCapabilities);
      const consumer = await transport.consume({
        id,
        producerId,
        kind,
        rtpParameters: asReceived(rtpParameters),
        onRtpReceiver: (receiver) => {
          void this.#receivers[who].crypto.attachReceiver(receiver, { producerId, kind });
        },
      });
      const element = document.querySelector<HTMLMediaElement>(`#${who} ${kind}`);
      if (!element) throw new Error('no element');
      element.srcObject = new MediaStream([consumer.track]);
    }
  }

  /** Why a receiver dropped how many frames of the picture. */
  async drops(who: 'rightKeys' | 'wrongKeys'): Promise<Record<string, number>> {
    const { receivers } = await this.#receivers[who].crypto.stats();
    return receivers.find(({ kind }) => kind === 'video')?.dropped ?? {};
  }

  async #announce(from: Leaf, to: Leaf): Promise<void> {
    const message = await from.crypto.announceTracks(
      this.#sent.map(({ producerId, kind }) => ({ track: numbers[kind], kind, source: sources[kind], producerId })),
    );
    const outcome = await to.crypto.processApplication({ from: from.who.participantId, message });
    if (outcome.tag !== 'accepted') throw new Error(outcome.tag);
  }
}

Object.assign(globalThis, { Scene });
