import { PlayableFile, type RemoteParts, sourcesOf } from '@sotto/playback';
import { playbackFaultOf } from '@sotto/playback/errors';
import { type CheckedManifest, checkManifest, hash, openObject, unwrapDataKey, VaultError } from '@sotto/vault';
import { canonicalHash, fromBase64url } from '../keystore/bytes.ts';
import { EvidenceFault } from '../keystore/errors.ts';
import { type CheckedRelease, checkRelease, type Registration, type ViewerKeys } from '../release/releasedObject.ts';
import { type Agreed, checkConsents, termsHash } from './consents.ts';
import type { OpenedTrack, PlayOrder, RecordingChecks } from './messages.ts';
import { missingOf } from './people.ts';

type OrderedObject = PlayOrder['objects'][number];

interface CheckedTrack {
  readonly ordered: OrderedObject;
  readonly release: CheckedRelease;
  readonly manifest: CheckedManifest;
  readonly agreed: readonly Agreed[];
}

export interface OpenedRecording {
  /** By track. */
  readonly files: ReadonlyMap<number, PlayableFile>;
  readonly tracks: readonly OpenedTrack[];
  readonly checks: RecordingChecks;
}

/**
 * Opens a recording with what the keystore released. Everything about every track is checked before a key is used: that
 * the opening stands in the log, that everybody agreed to be recorded, whose recorder signed, and that these are the
 * objects that were registered.
 *
 * @param onLookedThrough how much of a recording that was interrupted was looked through, 0 to 1
 * @throws EvidenceFault, PlaybackFault; then nothing of the recording is played
 */
export async function openRecording(
  order: PlayOrder,
  viewer: ViewerKeys,
  remote: RemoteParts,
  onLookedThrough: (share: number) => void,
): Promise<OpenedRecording> {
  const checked = await Promise.all(order.objects.map((ordered) => checkTrack(order, ordered, viewer)));
  const agreement = await checksOf(order, checked);
  const files = new Map<number, PlayableFile>();
  for (const one of checked) {
    const file = await openTrack(one, remote, onLookedThrough);
    if (file !== null) files.set(one.ordered.track, file);
  }
  const tracks = checked.flatMap(({ ordered }) => trackOf(ordered, files.get(ordered.track)));
  const recorded = checked.flatMap(({ ordered }) => ordered.evidence.tracks);
  const encodedAnew = tracks
    .filter(({ track }) => files.get(track)?.origin === 'encodedAnew')
    .map(({ participant }) => participant);
  return { files, tracks, checks: { ...agreement, missing: missingOf(recorded, tracks), encodedAnew } };
}

async function checkTrack(order: PlayOrder, ordered: OrderedObject, viewer: ViewerKeys): Promise<CheckedTrack> {
  const { request, answer, visit, pins } = order;
  const { object, evidence } = ordered;
  const release = await checkRelease({ request, answer, object, visit, pins, kind: 'recording' }, viewer);
  const { registration } = release;
  requireWriter(order, registration);
  const { terms, tracks } = evidence;
  const isIt =
    terms.clinic === pins.clinic &&
    terms.recording === order.recording &&
    terms.visit === registration.visit &&
    tracks[ordered.track] !== undefined;
  if (!isIt) throw new EvidenceFault('manifest');
  const manifest = await checkSeal(ordered, registration);
  return { ordered, release, manifest, agreed: await checkConsents(evidence) };
}

/** Whom the keystore registered as the writer was enrolled then: the passkey itself vouches for the recorder's leaf. */
function requireWriter({ writers }: PlayOrder, { writer, registeredAt }: Registration): void {
  const at = Date.parse(registeredAt);
  const isKnown = writers.some((one) => one.subject === writer && Date.parse(one.enrolledAt) <= at);
  if (!isKnown) throw new EvidenceFault('writer');
}

/** The manifest that was registered, by the recorder's key of the terms, about these consents. */
async function checkSeal(
  { object, track, manifest: sealed, evidence }: OrderedObject,
  { clinic, pseudonym, visit, manifest: registered }: Registration,
): Promise<CheckedManifest> {
  const [bytes, publicKey] = [fromBase64url(sealed), fromBase64url(evidence.terms.recorderKey)];
  if (bytes === null || publicKey === null) throw new EvidenceFault('manifest');
  try {
    const consent = hash.parse(await termsHash(evidence));
    const manifest = await checkManifest(bytes, {
      signer: { algorithm: 'Ed25519', publicKey },
      context: { clinic, pseudonym, visit, object, kind: 'recording', track, consent },
      hash: hash.parse(registered),
    });
    if (manifest.roster !== (await canonicalHash(evidence))) throw new EvidenceFault('consent');
    return manifest;
  } catch (error) {
    if (error instanceof VaultError) throw new EvidenceFault('manifest');
    throw error;
  }
}

/** @returns null for somebody of whom nothing was recorded */
async function openTrack(
  { ordered, release, manifest }: CheckedTrack,
  remote: RemoteParts,
  onLookedThrough: (share: number) => void,
): Promise<PlayableFile | null> {
  const seed = await release.openSeed();
  try {
    const sources = sourcesOf(manifest, ordered.object, ordered.parts, remote);
    const reader = await openObject(manifest, sources, (header) => unwrapDataKey(header, seed));
    return await PlayableFile.open(reader, onLookedThrough);
  } catch (error) {
    const fault = playbackFaultOf(error);
    if (fault.code === 'empty') return null;
    throw fault;
  } finally {
    seed.fill(0);
  }
}

function trackOf({ track, evidence }: OrderedObject, file: PlayableFile | undefined): readonly OpenedTrack[] {
  const participant = evidence.tracks[track];
  if (participant === undefined || file === undefined) return [];
  const { kinds, length, begins, ends, joints } = file;
  return [
    {
      ...{ track, participant, length },
      ...{ hasVideo: kinds.has('video'), hasAudio: kinds.has('audio') },
      ...{ begins: begins / 1000, ends: ends / 1000, joints: joints.map((joint) => joint / 1000) },
    },
  ];
}

/** All tracks are of the same recording, on the same terms, by the same writer. */
async function checksOf(
  { answer }: PlayOrder,
  checked: readonly CheckedTrack[],
): Promise<Omit<RecordingChecks, 'missing' | 'encodedAnew'>> {
  const [first] = checked;
  if (first === undefined) throw new EvidenceFault('request');
  const { writer } = first.release.registration;
  const terms = await termsHash(first.ordered.evidence);
  for (const { ordered, release } of checked) {
    if ((await termsHash(ordered.evidence)) !== terms) throw new EvidenceFault('consent');
    if (release.registration.writer !== writer) throw new EvidenceFault('writer');
  }
  const { askedBy, askedAt, reason } = first.ordered.evidence.terms;
  const agreed = new Map(checked.flatMap((track) => track.agreed.map((one) => [one.participant, one] as const)));
  const times = checked.map(({ release }) => release.witnessedAt);
  return {
    ...{ writer, askedBy, askedAt, reason },
    sealedAt: first.manifest.sealedAt,
    registeredAt: first.release.registration.registeredAt,
    agreed: [...agreed.values()],
    indices: checked.map(({ release }) => release.index).sort((a, b) => a - b),
    witnessedAt: times.some((time) => time === null) ? null : Math.max(...times.map(Number)),
    isWitnessed: answer.isWitnessed,
  };
}
