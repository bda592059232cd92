import { CommandLoop } from './commandLoop.ts';
import type { TransformEnds } from './encodedFrame.ts';

/** What this file uses of a dedicated worker's global scope: TypeScript's worker and page libraries exclude each other. */
interface WorkerScope {
  onmessage: (event: MessageEvent<unknown>) => void;
  onrtctransform: (event: { transformer: TransformEnds & { readonly options: unknown } }) => void;
  onerror: () => void;
  onunhandledrejection: () => void;
  postMessage: (message: unknown) => void;
}

const tickMs = 1_000;

const scope = globalThis as unknown as WorkerScope;
// From a beginning that this page's other workers share: what is recorded goes on with another leaf's worker.
const clocks = { monotonic: () => performance.timeOrigin + performance.now(), unix: () => Date.now() };
const loop = new CommandLoop(clocks, (envelope) => {
  scope.postMessage(envelope);
});

scope.onmessage = ({ data }) => {
  loop.receive(data);
};
scope.onrtctransform = ({ transformer }) => {
  loop.receiveTransform(transformer.options, transformer);
};
scope.onerror = () => {
  loop.die('fault');
};
scope.onunhandledrejection = () => {
  loop.die('fault');
};
setInterval(() => {
  loop.tick();
}, tickMs);
