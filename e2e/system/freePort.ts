import { createServer } from 'node:net';

/** The system uses the port that it is told and others above it. */
const span = 80;

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

/** Each worker of a run looks among its own: what one has found isn't taken before its system has started. */
const ofWorker = 4_000;

/** A port with nothing on it, nor on those above it that the system takes. */
export async function freePort(): Promise<number> {
  const first = 21_000 + (Number(process.env['TEST_PARALLEL_INDEX'] ?? 0) % 2) * ofWorker;
  for (let port = first; port < first + ofWorker; port += span) {
    const probes = [0, 1, 2, 3, 4, 5, 6, 10, 11].map((offset) => isFree(port + offset));
    if ((await Promise.all(probes)).every(Boolean)) return port;
  }
  throw new Error(`No free range of ports from ${first} on.`);
}
