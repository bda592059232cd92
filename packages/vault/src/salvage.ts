import { LengthError, type Place } from './errors.ts';
import { headerLength, parseHeader, placeOf } from './header.ts';
import { cutLength, plaintextLength, segmentLength } from './layout.ts';
import type { Ending } from './record.ts';
import { type KeyPort, RunReader } from './runReader.ts';
import type { ByteSource } from './source.ts';
import { readExactly } from './source.ts';

/**
 * Opens one stored run on its own word, for people who recover data after a disaster. What comes out was sealed by
 * somebody who had the object's public key, under the data key given, whole up to its end. Not checked, because without a
 * manifest nothing can say it: whose object it is, whether runs are missing, who wrote it. A player must not use this.
 *
 * @param ending `cut` to take what is left of a run whose end is missing, to the last whole segment
 * @throws LengthError, FormatError, UnknownVersionError, AuthenticityError or PortError
 */
export const salvageRun = async (source: ByteSource, ending: Ending, keys: KeyPort): Promise<RunReader> => {
  const header = await parseHeader(await readExactly(source, 0, Math.min(headerLength, source.length), {}));
  const place: Place = { layer: 'run', ...placeOf(header) };
  const stored = source.length - headerLength;
  if (ending === 'closed') {
    return await RunReader.open(
      source,
      { header, length: plaintextLength(stored, place), ending, lastTag: null },
      keys,
    );
  }
  const segments = Math.floor(stored / segmentLength);
  if (segments === 0) throw new LengthError(place);
  return await RunReader.open(source, { header, length: cutLength(segments), ending, lastTag: null }, keys);
};
