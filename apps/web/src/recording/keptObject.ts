import type { OpfsSpool, SpooledPart } from '@sotto/recording/opfsSpool';
import { type ByteSource, LengthError, type RunRecord, surveyRun, VaultError } from '@sotto/vault';
import type { BookedTrack, RecordingBook } from './recordingBook.ts';

/** A part as it is to be stored: a cut run's last one without its torn end. */
export interface KeptPart {
  /** Its name in the object's storage (`packages/protocol/src/recordings.ts`). */
  readonly leaf: string;
  readonly length: number;
  /** Octets; read as they are asked for. */
  content(): Promise<Blob>;
}

/** What lies in the spool of an object, looked through from end to end. */
export interface KeptObject {
  readonly runs: readonly RunRecord[];
  readonly head: RunRecord | null;
  readonly parts: readonly KeptPart[];
}

/** The name of a spooled part where it is stored. */
export function leafOf({ of, part }: SpooledPart['place']): string {
  return of === 'head' ? 'head' : `${String(of.run).padStart(4, '0')}-${String(part).padStart(6, '0')}`;
}

/**
 * Looks through what a recorder has left of an object. Nobody may be writing it.
 *
 * @throws VaultError when it isn't what was noted as it was begun: then nothing of it is to be signed for
 */
export async function surveyObject(book: RecordingBook, track: BookedTrack, spool: OpfsSpool): Promise<KeptObject> {
  const spooled = await spool.list();
  const runs: RunRecord[] = [];
  const parts: KeptPart[] = [];
  for (;;) {
    const run = runs.length;
    const found = spooled.filter(({ place: { of } }) => of !== 'head' && of.run === run);
    const noted = found.length === 0 ? null : await book.noted(track, { run });
    if (noted === null) {
      requireNoneFrom(run, spooled);
      break;
    }
    const ending = endingOf(found);
    const surveyed = surveyRun(sourceOf(spool, found), ending, noted);
    // The recorder died before a whole segment was kept: there is no such run.
    const isStump = ending === 'cut' && found.every(({ state }) => state === 'open');
    const survey = await (isStump ? surveyed.catch(nothingWhole) : surveyed);
    if (survey === null) {
      requireNoneFrom(run + 1, spooled);
      break;
    }
    runs.push(survey.record);
    let left = survey.usable;
    for (const part of found) {
      const length = Math.min(left, part.length);
      left -= length;
      if (length > 0) parts.push(keptPart(spool, part, length));
    }
  }
  const heads = spooled.filter(({ place: { of }, state }) => of === 'head' && state === 'last');
  const noted = heads.length === 0 ? null : await book.noted(track, 'head');
  if (noted === null) return { runs, head: null, parts };
  // Without its head the object can still be played; a head that isn't what was noted is signed by nobody.
  const head = await surveyRun(sourceOf(spool, heads), 'closed', noted).catch(spoilt);
  if (head === null) return { runs, head, parts };
  const { record } = head;
  return { runs, head: record, parts: [...parts, ...heads.map((part) => keptPart(spool, part, part.length))] };
}

const endingOf = (parts: readonly SpooledPart[]) => (parts.at(-1)?.state === 'last' ? 'closed' : 'cut');

/** A run of which nothing is known is the last: what would come behind it is damaged. */
function requireNoneFrom(run: number, parts: readonly SpooledPart[]): void {
  const isLater = parts.some(
    ({ place: { of }, state }) => of !== 'head' && (of.run > run || (of.run === run && state !== 'open')),
  );
  if (isLater) throw new LengthError({ layer: 'run', run });
}

function spoilt(error: unknown): null {
  if (error instanceof VaultError) return null;
  throw error;
}

function nothingWhole(error: unknown): null {
  if (error instanceof LengthError) return null;
  throw error;
}

function keptPart(spool: OpfsSpool, { place }: SpooledPart, length: number): KeptPart {
  return { leaf: leafOf(place), length, content: async () => (await spool.read(place)).slice(0, length) };
}

/** Parts one after the other. */
function sourceOf(spool: OpfsSpool, parts: readonly SpooledPart[]): ByteSource {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return {
    length,
    async read(offset, count) {
      const octets = new Uint8Array(count);
      let start = 0;
      for (const part of parts) {
        const from = Math.max(offset - start, 0);
        const to = Math.min(offset + count - start, part.length);
        if (from < to) {
          const piece = (await spool.read(part.place)).slice(from, to);
          octets.set(new Uint8Array(await piece.arrayBuffer()), start + from - offset);
        }
        start += part.length;
      }
      return octets;
    },
  };
}
