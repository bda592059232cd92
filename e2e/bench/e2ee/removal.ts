import { peerConnectionSettings } from '@sotto/e2ee';
import { producerId } from '@sotto/protocol/ids';
import { BenchGroup, joinerOf, type Leaf, pending, welcomeOf } from './group.ts';

const id = producerId.parse('0b1f9a5e-33c8-4a53-9f57-1d1a8e9f0a01');
const track = { track: 1, kind: 'audio' } as const;
const watchMs = 1_500;
/** Chromium's own setting, unknown to the DOM's types. */
const settings = peerConnectionSettings as Partial<RTCConfiguration>;

/**
 * Ms from the arrival of a removal at the sender to the last frame that the one who was removed could open, whom the
 * server goes on sending to and tells nothing.
 */
export async function measureRemoval(): Promise<number> {
  const group = await BenchGroup.open();
  const { physician } = group;
  const leaver = await group.enter();
  const commit = pending(await physician.crypto.add([await joinerOf(leaver)]));
  await physician.crypto.commitAccepted();
  await leaver.crypto.joinWelcome(welcomeOf(commit));
  const close = await send(physician, leaver);
  const message = await physician.crypto.announceTracks([{ ...track, source: 'microphone', producerId: id }]);
  await leaver.crypto.processApplication({ from: physician.who.participantId, message });
  while ((await opened(leaver)) < 50) await new Promise((resolve) => setTimeout(resolve, 20));

  pending(await physician.crypto.remove([{ participantId: leaver.who.participantId, leaf: leaver.crypto.leaf }]));
  const arrived = performance.now();
  let [last, count] = [0, await opened(leaver)];
  const accepted = physician.crypto.commitAccepted();
  while (performance.now() - arrived < watchMs) {
    const now = await opened(leaver);
    if (now > count) last = performance.now() - arrived;
    count = now;
  }
  await accepted;
  const { receivers } = await leaver.crypto.stats();
  if ((receivers[0]?.dropped.unknownKey ?? 0) < 10) throw new Error('Nothing was sent any more.');
  close();
  await Promise.all([physician.crypto.close(), leaver.crypto.close()]);
  return last;
}

async function opened({ crypto: own }: Leaf): Promise<number> {
  return (await own.stats()).receivers[0]?.opened ?? 0;
}

/** Sound from one to the other: 50 frames a second. */
async function send(from: Leaf, to: Leaf): Promise<() => void> {
  const [caller, callee] = [new RTCPeerConnection(settings), new RTCPeerConnection(settings)];
  caller.onicecandidate = ({ candidate }) => void callee.addIceCandidate(candidate ?? undefined);
  callee.onicecandidate = ({ candidate }) => void caller.addIceCandidate(candidate ?? undefined);
  const sound = new AudioContext();
  const [tone, destination] = [sound.createOscillator(), sound.createMediaStreamDestination()];
  tone.connect(destination);
  tone.start();
  const { sender } = caller.addTransceiver('audio', { direction: 'sendonly' });
  await from.crypto.attachSender(sender, track);
  await sender.replaceTrack(destination.stream.getAudioTracks()[0] ?? null);
  await caller.setLocalDescription();
  await callee.setRemoteDescription(caller.localDescription as RTCSessionDescriptionInit);
  for (const { receiver } of callee.getTransceivers()) {
    await to.crypto.attachReceiver(receiver, { producerId: id, kind: 'audio' });
  }
  await callee.setLocalDescription();
  await caller.setRemoteDescription(callee.localDescription as RTCSessionDescriptionInit);
  return () => {
    caller.close();
    callee.close();
    void sound.close();
  };
}
