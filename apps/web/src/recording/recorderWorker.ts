import { RecorderDesk } from './recorderDesk.ts';
import { type RecorderEvent, recorderCommand } from './recorderMessages.ts';

/** What this file uses of a dedicated worker's global scope: TypeScript's worker and page libraries exclude each other. */
interface WorkerScope {
  onmessage: (event: MessageEvent<unknown>) => void;
  postMessage: (message: RecorderEvent) => void;
}

const scope = globalThis as unknown as WorkerScope;
const desk = new RecorderDesk(
  (event) => {
    scope.postMessage(event);
  },
  () => performance.timeOrigin + performance.now(),
);

scope.onmessage = ({ data }) => {
  desk.take(recorderCommand.parse(data));
};
