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

/** A port with nothing on it, nor on those above it that the system takes. */
export async function freePort(): Promise<number> {
  for (let port = 21_000; port < 30_000; port += span) {
    const probes = [0, 1, 2, 3, 4, 5, 6, 10, 11].map((offset) => isFree(port + offset));
    if ((await Promise.all(probes)).every(Boolean)) return port;
  }
  throw new Error('No free range of ports between 21000 and 30000.');
}
