import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import * as z from 'zod';

const program = join(import.meta.dirname, '..', '..', '..', 'packages', 'storage', 'test', 'benchProcess.ts');

const measured = z.strictObject({
  where: z.enum(['gateway', 'folder']),
  way: z.string(),
  /** Of a part. */
  length: z.int(),
  /** Octets a second, of each round. */
  rates: z.array(z.number()),
});
export type UploadRates = z.infer<typeof measured>;

/** How fast parts are stored, one after the other, by the store and by what is compared with it. */
export async function measureUploads(): Promise<UploadRates[]> {
  const found: UploadRates[] = [];
  const child = fork(program, [], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  child.on('message', (message) => {
    found.push(measured.parse(message));
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error('The measurement of storage ended before it was done.');
  return found;
}
