import type { ObjectContext } from '@sotto/vault';
import type { BookedRecording, RecordingBook } from '../src/recording/recordingBook.ts';

/** The recordings' book where there is no browser's database to keep it. */
export function memoryBook() {
  const recordings = new Map<string, BookedRecording>();
  const headers = new Map<string, Awaited<ReturnType<RecordingBook['noted']>>>();
  const nameOf = (context: ObjectContext, of: 'head' | { readonly run: number }) =>
    `${context.object} ${of === 'head' ? of : String(of.run)}`;
  const book: RecordingBook = {
    list: () => Promise.resolve([...recordings.values()]),
    get: (id) => Promise.resolve(recordings.get(id) ?? null),
    put: (one) => Promise.resolve(void recordings.set(one.terms.recording, one)),
    change(id, changes) {
      const before = recordings.get(id);
      if (before) recordings.set(id, changes(before));
      return Promise.resolve();
    },
    remove: ({ terms }) => Promise.resolve(void recordings.delete(terms.recording)),
    note(run) {
      const { object, part, run: number } = run.context;
      headers.set(nameOf(object, part === 'head' ? 'head' : { run: number }), run);
      return Promise.resolve();
    },
    noted: ({ context }, of) => Promise.resolve(headers.get(nameOf(context, of)) ?? null),
  };
  return { book, recordings };
}
