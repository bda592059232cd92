import { CallCrypto, type CallCryptoEvents, mechanisms, peerConnectionSettings } from '@sotto/e2ee';
import { type ProducerId, producerId } from '@sotto/protocol/ids';
import type { MediaKind } from '@sotto/protocol/signaling';
import { Device, type types } from 'mediasoup-client';
import { Clinic, newPerson, type Person } from './clinic.ts';
import type { SfuRequests } from './testSfu.ts';

/** The test's SFU, as this page is given it. */
declare const sfu: SfuRequests;

const asReceived = (parameters: unknown): types.RtpParameters => parameters as types.RtpParameters;
/** Chromium's own setting, unknown to the DOM's types. */
const additionalSettings = peerConnectionSettings as Partial<RTCConfiguration>;

interface Leaf {
  readonly who: Person;
  readonly crypto: CallCrypto;
}

/** A producer as its sender has announced it, or not. */
export interface SentTrack {
  readonly producerId: ProducerId;
  readonly kind: MediaKind;
}

/** What somebody sees and hears of one track, and what their client says of it. */
export interface Reception {
  readonly opened: number;
  readonly dropped: Record<string, number>;
  /** Pictures that the decoder has put out. */
  readonly pictures: number;
  /** Energy of what is played; silence has none. */
  readonly energy: number;
  /** The middle of what the picture shows: red, green and blue. */
  readonly colour: readonly number[];
  readonly trouble: readonly { readonly participantId: string | null; readonly reason: string }[];
}

type Sender = 'ada' | 'ben' | 'clear';
const colours = { ada: '#ff0000', ben: '#0000ff', clear: '#00ff00' } as const;
const numbers = { audio: 1, video: 2 } as const;
const sources = { audio: 'microphone', video: 'camera' } as const;

/** A picture of one colour with something that moves, and a steady tone. */
function media(colour: string): { audio: MediaStreamTrack; video: MediaStreamTrack } {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [320, 240];
  const context = canvas.getContext('2d');
  let frame = 0;
  setInterval(() => {
    if (context === null) return;
    context.fillStyle = colour;
    context.fillRect(0, 0, 320, 240);
    context.fillStyle = 'gray';
    context.fillRect((frame++ * 7) % 300, 220, 20, 20);
  }, 50);
  const sound = new AudioContext();
  const [oscillator, destination] = [sound.createOscillator(), sound.createMediaStreamDestination()];
  oscillator.connect(destination);
  oscillator.start();
  const [video] = canvas.captureStream(20).getVideoTracks();
  const [audio] = destination.stream.getAudioTracks();
  if (video === undefined || audio === undefined) throw new Error('no track');
  return { audio, video };
}

/** Two people who send and one who receives, all in one group, and somebody who sends without sealing. */
export class HostileScene {
  readonly #leaves: { ada: Leaf; ben: Leaf; patient: Leaf };
  readonly #device: Device;
  readonly #trouble: CallCryptoEvents['trouble'][] = [];
  readonly #received = new Map<ProducerId, { consumer: types.Consumer; video: HTMLVideoElement }>();
  #receiving: types.Transport | null = null;

  private constructor(leaves: { ada: Leaf; ben: Leaf; patient: Leaf }, device: Device) {
    this.#leaves = leaves;
    this.#device = device;
    leaves.patient.crypto.on('trouble', (event) => this.#trouble.push(event));
    leaves.patient.crypto.on('needKeyFrame', (event) => void sfu.requestKeyFrame(event.producerId));
  }

  static async open(capabilities: unknown): Promise<HostileScene> {
    const clinic = await Clinic.open();
    const enter = async (who: Person): Promise<Leaf> => {
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
    };
    const ada = await enter(newPerson('physician', 'Ada'));
    const ben = await enter(newPerson('physician', 'Ben'));
    const patient = await enter(newPerson('patient', 'Noor'));
    await ada.crypto.createGroup(1);
    const joiners = await Promise.all(
      [ben, patient].map(async ({ who, crypto: own }) => ({
        ...who,
        leaf: own.leaf,
        keyPackage: await own.keyPackage(),
      })),
    );
    const proposal = await ada.crypto.add(joiners.map(({ name: _, ...joiner }) => joiner));
    if (proposal.tag !== 'pending') throw new Error(proposal.tag);
    await ada.crypto.commitAccepted();
    const { groupId, epoch, welcomes } = proposal.commit;
    for (const { crypto: own } of [ben, patient]) {
      const welcome = welcomes.find(({ leaf }) => leaf === own.leaf)?.welcome ?? new Uint8Array();
      const joined = await own.joinWelcome({ groupId, incarnation: 1, epoch: epoch + 1, welcome });
      if (joined.tag !== 'joined') throw new Error(joined.tag);
    }
    const device = new Device();
    await device.load({ routerRtpCapabilities: capabilities as types.RtpCapabilities });
    return new HostileScene({ ada, ben, patient }, device);
  }

  /** @param announced whether the group is told of it */
  async send(sender: Sender, announced = true): Promise<SentTrack[]> {
    const leaf = sender === 'clear' ? null : this.#leaves[sender].crypto;
    const transport = this.#device.createSendTransport({
      ...(await sfu.createTransport()),
      ...(leaf === null ? {} : { additionalSettings }),
    });
    transport.on('connect', ({ dtlsParameters }, done, failed) => {
      sfu.connect(transport.id, dtlsParameters).then(done, failed);
    });
    transport.on('produce', ({ kind, rtpParameters }, done, failed) => {
      sfu.produce(transport.id, kind, rtpParameters).then((id) => done({ id }), failed);
    });
    const sent: SentTrack[] = [];
    const tracks = media(colours[sender]);
    for (const kind of ['audio', 'video'] as const) {
      const attached: Promise<unknown>[] = [];
      const producer = await transport.produce({
        track: tracks[kind],
        onRtpSender: (endpoint) => {
          if (leaf !== null) attached.push(leaf.attachSender(endpoint, { track: numbers[kind], kind }));
        },
      });
      await Promise.all(attached);
      sent.push({ producerId: producerId.parse(producer.id), kind });
    }
    if (leaf !== null && announced) {
      const message = await leaf.announceTracks(
        sent.map((track) => ({ ...track, track: numbers[track.kind], source: sources[track.kind] })),
      );
      const from = this.participant(sender);
      const outcome = await this.#leaves.patient.crypto.processApplication({ from, message });
      if (outcome.tag !== 'accepted') throw new Error(outcome.tag);
    }
    return sent;
  }

  participant(sender: Sender): Person['participantId'] {
    if (sender === 'clear') throw new Error('nobody');
    return this.#leaves[sender].who.participantId;
  }

  /** The patient's elements play what comes under these names. */
  async receive(tracks: readonly SentTrack[]): Promise<void> {
    this.#receiving ??= await this.#receiveTransport();
    const transport = this.#receiving;
    for (const { producerId: id, kind } of tracks) {
      const asked = await sfu.consume(transport.id, id, this.#device.recvRtpCapabilities);
      const consumer = await transport.consume({
        id: asked.id,
        producerId: id,
        kind,
        rtpParameters: asReceived(asked.rtpParameters),
        onRtpReceiver: (receiver) => {
          void this.#leaves.patient.crypto.attachReceiver(receiver, { producerId: id, kind });
        },
      });
      const video = document.createElement('video');
      video.autoplay = true;
      video.srcObject = new MediaStream([consumer.track]);
      document.body.append(video);
      this.#received.set(id, { consumer, video });
    }
  }

  /** The receiver is gone, as after a person has left; what was said of it is forgotten. */
  async drop(tracks: readonly SentTrack[]): Promise<void> {
    for (const { producerId: id } of tracks) {
      const received = this.#received.get(id);
      received?.consumer.close();
      received?.video.remove();
      this.#received.delete(id);
      await this.#leaves.patient.crypto.detachReceiver(id);
    }
    this.#trouble.length = 0;
  }

  async reception({ producerId: id, kind }: SentTrack): Promise<Reception> {
    const received = this.#received.get(id);
    const { receivers } = await this.#leaves.patient.crypto.stats();
    const own = receivers.find((receiver) => receiver.producerId === id);
    const report = [...((await received?.consumer.getStats())?.values() ?? [])] as Record<string, unknown>[];
    const inbound = report.find(({ type }) => type === 'inbound-rtp') ?? {};
    const canvas = document.createElement('canvas');
    const context = canvas.getContext('2d');
    if (kind === 'video' && received !== undefined) context?.drawImage(received.video, 0, 0, 4, 4);
    return {
      opened: own?.opened ?? 0,
      dropped: own?.dropped ?? {},
      pictures: Number(inbound['framesDecoded'] ?? 0),
      energy: Number(inbound['totalAudioEnergy'] ?? 0),
      colour: [...(context?.getImageData(1, 1, 1, 1).data.slice(0, 3) ?? [])],
      trouble: this.#trouble.filter((event) => event.producerId === id),
    };
  }

  /** All go on to another epoch, by a renewal of the first physician's. */
  async renew(): Promise<void> {
    const { ada, ben, patient } = this.#leaves;
    const proposal = await ada.crypto.update();
    if (proposal.tag !== 'pending') throw new Error(proposal.tag);
    await ada.crypto.commitAccepted();
    const { groupId, epoch, commit } = proposal.commit;
    for (const { crypto: own } of [ben, patient]) {
      const outcome = await own.processCommit({ groupId, epoch, from: ada.who.participantId, commit });
      if (outcome.tag !== 'adopted') throw new Error(outcome.tag);
    }
  }

  async #receiveTransport(): Promise<types.Transport> {
    const transport = this.#device.createRecvTransport({ ...(await sfu.createTransport()), additionalSettings });
    transport.on('connect', ({ dtlsParameters }, done, failed) => {
      sfu.connect(transport.id, dtlsParameters).then(done, failed);
    });
    return transport;
  }
}

Object.assign(globalThis, { HostileScene });
