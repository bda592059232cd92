import type { ObjectId } from '@sotto/protocol/ids';
import { partList, sealedRecording } from '@sotto/protocol/recordings';
import type { CheckedDirectory } from '../keystore/directory.ts';
import { EvidenceFault } from '../keystore/errors.ts';
import { askKeystore } from '../keystore/keystoreRequest.ts';
import { askPhi } from '../keystore/phiRequest.ts';
import { type Asking, type OpeningStep, release, writersOf } from '../release/release.ts';
import { type OpenRecording, PlayerThread } from './playerThread.ts';
import { startPlayService } from './playService.ts';
import type { ListedRecording } from './recordings.ts';

/** How far an opening is. `looking`: through a recording that was interrupted. */
export type RecordingStep = OpeningStep | 'looking';

export interface RecordingOpening {
  readonly listed: ListedRecording;
  readonly asking: Asking;
  readonly directory: CheckedDirectory;
}

const readSealed = (object: ObjectId, { purpose, session }: Asking) =>
  askPhi(sealedRecording, { route: 'readRecording', object, purpose, as: session });
const readParts = (object: ObjectId) => askKeystore(partList, { method: 'GET', path: `/api/objects/${object}/parts` });

/**
 * Opens all tracks of a recording by one signature, in a thread of their own. Its owner closes the thread.
 *
 * @throws PasskeyFault, KeystoreFault, ClinicFault, EvidenceFault, PlaybackFault
 */
export async function openListed(
  { listed, asking, directory }: RecordingOpening,
  onStep: (step: RecordingStep) => void,
): Promise<OpenRecording> {
  onStep('preparing');
  // Before anything is asked for: what can't be played isn't opened, and no opening is logged.
  if (asking.use === 'open') await startPlayService();
  const thread = new PlayerThread();
  try {
    const loading = listed.objects.map(async ({ object, track }) => {
      const [sealed, { parts }] = await Promise.all([readSealed(object, asking), readParts(object)]);
      if (sealed.object !== object) throw new EvidenceFault('request');
      return { object, track, manifest: sealed.manifest, evidence: sealed.evidence, parts };
    });
    const [viewerKey, ...objects] = await Promise.all([thread.begin(), ...loading]);
    const ids = objects.map(({ object }) => object);
    const { watch, ...released } = await release(asking, ids, viewerKey, onStep);
    // A copy isn't open for a time: whoever has it has it.
    if (asking.use === 'open') thread.watch = watch;
    const { pins } = asking;
    const { recording, visit } = listed;
    const order = { ...released, recording, visit, pins, writers: writersOf(directory), objects };
    const opened = await thread.open(order, () => onStep('looking'));
    thread.watch?.begin();
    return opened;
  } catch (error) {
    thread.close();
    throw error;
  }
}
