import { AuthenticityError, LengthError, type Place } from './errors.ts';
import { headerLength, parseHeader, placeOf, type RunHeader } from './header.ts';
import { blockLength, bodyLengthFor, cutLength, plaintextLength, segmentLength, tagLength } from './layout.ts';
import { type Ending, type RunRecord, toHash } from './record.ts';
import { tagOf } from './run.ts';
import { RunHash } from './runHash.ts';
import { type ByteSource, readExactly } from './source.ts';

/** What can be said of a stored run without any key. */
export interface Survey {
  readonly header: RunHeader;
  readonly record: RunRecord;
  /** Bytes of the source that belong to the run. More than these are the torn tail of a run that was cut. */
  readonly usable: number;
}

/**
 * Reads a stored run from end to end and makes the record that a manifest needs. Nothing of it is authenticated:
 * that is what signing the manifest and opening the run are for.
 *
 * @param ending `closed` when the writer noted that it handed out the last piece, else `cut`: then a torn tail, less
 *   than a segment, isn't part of the run
 * @throws LengthError when a closed run can't be this long, or nothing whole is left of a cut one
 */
export const surveyRun = async (source: ByteSource, ending: Ending, signal?: AbortSignal): Promise<Survey> => {
  const headerBytes = await readExactly(source, 0, Math.min(headerLength, source.length), {}, signal);
  const header = await parseHeader(headerBytes);
  const place: Place = { layer: 'run', ...placeOf(header) };
  const stored = source.length - headerLength;
  const segments = ending === 'closed' ? Math.ceil(stored / segmentLength) : Math.floor(stored / segmentLength);
  if (segments === 0) throw new LengthError(place);
  const length = ending === 'closed' ? plaintextLength(stored, place) : cutLength(segments);
  const bodyLength = bodyLengthFor(length);
  const hash = new RunHash(headerBytes);
  for (let offset = 0; offset < bodyLength; offset += blockLength) {
    const count = Math.min(blockLength, bodyLength - offset);
    await hash.add(await readExactly(source, headerLength + offset, count, placeOf(header), signal));
  }
  const end = headerLength + bodyLength;
  const lastTag = tagOf(await readExactly(source, end - tagLength, tagLength, placeOf(header), signal));
  return {
    header,
    record: {
      ending,
      hash: toHash(await hash.digest()),
      header: toHash(header.hash),
      lastTag,
      length,
      segments,
    },
    usable: end,
  };
};

/**
 * Checks a stored run against its record, every byte of it, without any key (SPEC.md section 8).
 *
 * @throws LengthError or AuthenticityError
 */
export const checkRun = async (source: ByteSource, record: RunRecord, signal?: AbortSignal): Promise<RunHeader> => {
  const { header, record: found, usable } = await surveyRun(source, record.ending, signal);
  const place: Place = { layer: 'run', ...placeOf(header) };
  if (usable !== source.length || found.length !== record.length) throw new LengthError(place);
  if (found.header !== record.header) throw new AuthenticityError({ ...place, layer: 'header' });
  if (found.hash !== record.hash || found.lastTag !== record.lastTag) throw new AuthenticityError(place);
  return header;
};
