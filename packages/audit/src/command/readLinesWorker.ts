import { parentPort, workerData } from 'node:worker_threads';
import { nodeTreeHasher } from '../node/nodeTreeHasher.ts';
import { ExportFile, type FileRange } from './exportFile.ts';
import { readLines } from './readLines.ts';

// A thread that reads parts of an export, told its path, for `readInThreads`; it answers in order.
let file: Promise<ExportFile> | null = null;
let turn: Promise<unknown> = Promise.resolve();

const read = async (range: FileRange): Promise<void> => {
  file ??= ExportFile.open(String(workerData));
  const lines = await readLines(await file, range, nodeTreeHasher);
  const { indices, commitments, ids, sequences, previous, patients, blocks } = lines.leaves;
  const columns = [indices, commitments, ids, sequences, previous, patients, blocks];
  parentPort?.postMessage(
    lines,
    columns.map(({ buffer }) => buffer),
  );
};

parentPort?.on('message', (range: FileRange) => {
  turn = turn.then(() => read(range));
});
