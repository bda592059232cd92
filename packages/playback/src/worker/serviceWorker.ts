/**
 * The Service Worker of playing: one file of its own, without imports. It has no key and keeps nothing; what it is asked
 * for under `/play/` it gets from the page that asks, piece by piece, and it touches nothing else.
 */
const scope = self as unknown as ServiceWorkerGlobalScope;
const place = /^\/play\/([\w-]{22})\/(\d{1,5})$/;
/** How long a page has to say that the file is there. */
const answerMs = 20_000;

interface Opened {
  readonly type: 'opened';
  readonly status: number;
  readonly from?: number;
  readonly to?: number;
  readonly length: number;
}
type Told = Opened | { readonly type: 'piece'; readonly octets: Uint8Array } | { readonly type: 'done' | 'failed' };

const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
const nothing = (status: number, more: Record<string, string> = {}): Response =>
  new Response(null, { status, headers: { ...headers, ...more } });

/** What the port says next; null if it says nothing in time. */
const nextOf = (port: MessagePort, timeoutMs: number | null): Promise<Told | null> =>
  new Promise((resolve) => {
    const timer = timeoutMs === null ? null : setTimeout(() => resolve(null), timeoutMs);
    port.onmessage = ({ data }: MessageEvent<Told>) => {
      if (timer !== null) clearTimeout(timer);
      resolve(data);
    };
  });

function bodyOf(port: MessagePort): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      pull: async (controller) => {
        port.postMessage({ type: 'pull' });
        const told = await nextOf(port, null);
        if (told?.type === 'piece') controller.enqueue(told.octets);
        else if (told?.type === 'done') controller.close();
        else controller.error(new TypeError('not to be had'));
      },
      cancel: () => {
        port.postMessage({ type: 'cancel' });
        port.close();
      },
    },
    { highWaterMark: 0 },
  );
}

async function answer(event: FetchEvent, id: string, track: number): Promise<Response> {
  const client = event.clientId === '' ? undefined : await scope.clients.get(event.clientId);
  const isMedia = event.request.destination === 'video' || event.request.destination === 'audio';
  if (client === undefined || !isMedia) return nothing(404);
  const { port1, port2 } = new MessageChannel();
  const opening = nextOf(port1, answerMs);
  const range = event.request.headers.get('range');
  client.postMessage({ type: 'sotto/play/v1', id, track, range }, [port2]);
  const opened = await opening;
  if (opened?.type !== 'opened' || opened.status === 404) return nothing(404);
  const { status, from, to, length } = opened;
  if (status !== 206 || from === undefined || to === undefined) {
    return nothing(416, { 'content-range': `bytes */${String(length)}` });
  }
  return new Response(bodyOf(port1), {
    status: 206,
    headers: {
      ...headers,
      'content-type': 'video/webm',
      'accept-ranges': 'bytes',
      'content-range': `bytes ${String(from)}-${String(to - 1)}/${String(length)}`,
      'content-length': String(to - from),
    },
  });
}

scope.addEventListener('install', () => {
  void scope.skipWaiting();
});
scope.addEventListener('activate', (event) => {
  event.waitUntil(scope.clients.claim());
});
scope.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  const [, id, track] = (url.origin === scope.location.origin ? place.exec(url.pathname) : null) ?? [];
  if (request.method !== 'GET' || id === undefined || track === undefined) return;
  event.respondWith(answer(event, id, Number(track)).catch(() => nothing(404)));
});
