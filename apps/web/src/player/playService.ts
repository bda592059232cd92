import { type PlayRequest, playRequest } from '@sotto/playback';
import { PlaybackFault } from '@sotto/playback/errors';

/** Made of packages/playback by the post-build step. */
const script = '/play.js';
/** How long a browser has to put it in charge of this page. */
const controlMs = 10_000;

/**
 * Puts the Service Worker in charge of this page, which answers `/play/` for its `<video>` elements.
 *
 * @throws PlaybackFault `unsupported` where there are none: some private windows, and where the certificate isn't trusted
 */
export async function startPlayService(): Promise<void> {
  // Not in every browser, whatever the types say.
  const workers = (navigator as { serviceWorker?: ServiceWorkerContainer }).serviceWorker;
  if (workers === undefined) throw new PlaybackFault('unsupported');
  try {
    await workers.register(script, { scope: '/', updateViaCache: 'none' });
  } catch {
    throw new PlaybackFault('unsupported');
  }
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const look = () => {
    if (workers.controller !== null) resolve(null);
  };
  workers.addEventListener('controllerchange', look);
  const timer = setTimeout(resolve, controlMs);
  look();
  await promise;
  clearTimeout(timer);
  workers.removeEventListener('controllerchange', look);
  if (workers.controller === null) throw new PlaybackFault('unsupported');
}

/** @returns stops answering */
export function answerPlayRequests(id: string, serve: (request: PlayRequest, port: MessagePort) => void): () => void {
  const answer = ({ data, ports }: MessageEvent<unknown>) => {
    const request = playRequest.safeParse(data);
    const [port] = ports;
    if (request.success && port !== undefined && request.data.id === id) serve(request.data, port);
  };
  navigator.serviceWorker.addEventListener('message', answer);
  navigator.serviceWorker.startMessages();
  return () => navigator.serviceWorker.removeEventListener('message', answer);
}
