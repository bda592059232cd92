import { connect, createServer, type Socket } from 'node:net';

/** A line to a server that can be cut. What passes isn't changed. */
export interface CuttableProxy {
  /** `http://127.0.0.1:PORT`. */
  readonly endpoint: string;
  /** Cuts every connection, and refuses new ones or lets them through. */
  setDown(down: boolean): void;
  /** Cuts the next connection on which the server answers after this many bytes of its answer, once. */
  cutAnswerAfter(bytes: number): void;
  /** Ends the next cut that was asked for, if it hasn't come. */
  cutNothing(): void;
  /** Whether the cut has come. */
  readonly hasCut: boolean;
  /** Answers nothing more, and keeps the connections open. */
  setSilent(silent: boolean): void;
  close(): Promise<void>;
}

/** @param target `http://127.0.0.1:PORT` */
export async function cuttableProxy(target: string): Promise<CuttableProxy> {
  const port = Number(new URL(target).port);
  const open = new Set<Socket>();
  let isDown = false;
  let isSilent = false;
  let left = Number.POSITIVE_INFINITY;
  let hasCut = false;
  const server = createServer((client) => {
    if (isDown) {
      client.destroy();
      return;
    }
    const upstream = connect(port, '127.0.0.1');
    const cut = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.once('close', () => {
        open.delete(socket);
        cut();
      });
      socket.on('error', cut);
    }
    client.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => {
      if (isSilent) return;
      client.write(chunk.subarray(0, left));
      left -= chunk.byteLength;
      if (left > 0) return;
      left = Number.POSITIVE_INFINITY;
      hasCut = true;
      client.end();
      upstream.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const cutAll = () => {
    for (const socket of open) socket.destroy();
  };
  return {
    endpoint: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    setDown(down) {
      isDown = down;
      if (down) cutAll();
    },
    cutAnswerAfter(bytes) {
      left = bytes;
      hasCut = false;
    },
    cutNothing() {
      left = Number.POSITIVE_INFINITY;
    },
    get hasCut() {
      return hasCut;
    },
    setSilent(silent) {
      isSilent = silent;
      if (!silent) cutAll();
    },
    async close() {
      cutAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
