import { concat, element, ids, uint } from './ebml.ts';
import { WebmFormatError } from './errors.ts';
import { silence, trackNumbers } from './frame.ts';
import { elementsOf } from './headReader.ts';

const isKeyFrame = 0x80;

/** A Cluster of one packet of silence, at the timeline's beginning. */
const start = element(
  ids.cluster,
  element(ids.timestamp, uint(0)),
  element(ids.simpleBlock, Uint8Array.of(0x80 | trackNumbers.audio, 0, 0, isKeyFrame), silence),
);

/**
 * Firefox counts a file's time from its first frame: whoever came later would be played early. With a packet of silence
 * at 0 the file's first frame is there, in all browsers.
 *
 * @param head what `finalHead` wrote, of a file with sound
 * @returns what to serve in its place; the cues speak of the clusters behind it
 * @throws WebmFormatError if it isn't such a head
 */
export function headFromZero(head: Uint8Array): Uint8Array<ArrayBuffer> {
  const moved = concat([head]);
  for (const { id, payload } of elementsOf(moved)) if (id === ids.cues) moveCues(payload);
  return concat([moved, start]);
}

function moveCues(cues: Uint8Array): void {
  for (const point of elementsOf(cues)) {
    for (const positions of elementsOf(point.payload)) {
      if (positions.id !== ids.cueTrackPositions) continue;
      for (const { id, payload } of elementsOf(positions.payload)) if (id === ids.cueClusterPosition) move(payload);
    }
  }
}

function move(place: Uint8Array): void {
  if (place.length !== 8) throw new WebmFormatError('number');
  const view = new DataView(place.buffer, place.byteOffset, 8);
  view.setBigUint64(0, view.getBigUint64(0) + BigInt(start.length));
}
