import { equal } from './bytes.ts';
import { contextHash, type Hash, type RunContext } from './context.ts';
import { AuthenticityError, LengthError, MismatchError, type Place } from './errors.ts';
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

/** What the writer noted when the run began, where whoever has the spool can't change it. */
export interface NotedRun {
  /** `RunWriter.headerHash`. */
  readonly header: Hash;
  readonly context: RunContext;
}

/**
 * Reads a stored run from end to end and makes the record that a manifest needs, if it is the run that its writer began:
 * whoever signs a record vouches for the run, and anybody who has the object's public key can make one. What the
 * segments hold is not authenticated, and a cut run that was cut again, shorter, is not found (SPEC.md section 7).
 *
 * @param ending `closed` when the writer noted that it handed out the last piece, else `cut`: then a torn tail, less
 *   than a segment, isn't part of the run
 * @throws MismatchError when it is another run than the one noted
 * @throws LengthError when a closed run can't be this long, or nothing whole is left of a cut one
 */
export const surveyRun = async (
  source: ByteSource,
  ending: Ending,
  { header, context }: NotedRun,
  signal?: AbortSignal,
): Promise<Survey> => {
  const { part, run } = context;
  const expected = await contextHash(context);
  return await survey(source, ending, signal, (found) => {
    const same =
      toHash(found.hash) === header && found.part === part && found.run === run && equal(found.contextHash, expected);
    if (!same) throw new MismatchError({ layer: 'header', ...placeOf({ part, run }) });
  });
};

/** @param accept throws when the header isn't the one that the caller means */
const survey = async (
  source: ByteSource,
  ending: Ending,
  signal?: AbortSignal,
  accept?: (header: RunHeader) => void,
): Promise<Survey> => {
  const headerBytes = await readExactly(source, 0, Math.min(headerLength, source.length), {}, signal);
  const header = await parseHeader(headerBytes);
  accept?.(header);
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
  const { header, record: found, usable } = await survey(source, record.ending, signal);
  const place: Place = { layer: 'run', ...placeOf(header) };
  if (usable !== source.length || found.length !== record.length) throw new LengthError(place);
  if (found.header !== record.header) throw new AuthenticityError({ ...place, layer: 'header' });
  if (found.hash !== record.hash || found.lastTag !== record.lastTag) throw new AuthenticityError(place);
  return header;
};
