import { OpfsSpool } from '../../src/opfsSpool.ts';
import type { PartPlace } from '../../src/spool.ts';

/** What a test asks of a spool, each answered once: pages can't write the origin's private files as it does. */
export type SpoolRequest =
  | {
      readonly ask: 'append';
      readonly place: PartPlace;
      readonly offset: number;
      readonly chunks: Uint8Array<ArrayBuffer>[];
    }
  | { readonly ask: 'ended'; readonly place: PartPlace; readonly isLast: boolean }
  | { readonly ask: 'remove'; readonly place: PartPlace }
  | { readonly ask: 'list' }
  | { readonly ask: 'read'; readonly place: PartPlace };

let spool: Promise<OpfsSpool> | null = null;

async function open(folder: string): Promise<OpfsSpool> {
  const root = await navigator.storage.getDirectory();
  return new OpfsSpool(await root.getDirectoryHandle(folder, { create: true }), () => Promise.resolve());
}

async function answer(request: SpoolRequest, asked: OpfsSpool): Promise<unknown> {
  switch (request.ask) {
    case 'append':
      return asked.append(request.place, request.offset, request.chunks);
    case 'ended':
      return asked.ended(request.place, request.isLast);
    case 'remove':
      return asked.remove(request.place);
    case 'list':
      return asked.list();
    case 'read':
      return new Uint8Array(await (await asked.read(request.place)).arrayBuffer());
  }
}

self.onmessage = ({ data }: MessageEvent<{ folder: string; request: SpoolRequest }>) => {
  spool ??= open(data.folder);
  spool
    .then((opened) => answer(data.request, opened))
    .then(
      (value) => {
        self.postMessage({ value });
      },
      (error: unknown) => {
        self.postMessage({ error: error instanceof Error ? error.name : 'unknown' });
      },
    );
};
