import { createServer, request } from 'node:http';

/** A door before a server that refuses what Amazon refuses: a presigned request with `x-amz-` headers it doesn't cover. */
export interface HeaderGate {
  /** `http://127.0.0.1:PORT`. */
  readonly endpoint: string;
  /** Lets this header through all the same, signed or not. */
  letThrough(header: string | null): void;
  close(): Promise<void>;
}

const refusal = '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>';

/** @param target `http://127.0.0.1:PORT` */
export async function headerGate(target: string): Promise<HeaderGate> {
  const { hostname, port } = new URL(target);
  let through: string | null = null;
  const server = createServer((incoming, answer) => {
    const { searchParams } = new URL(incoming.url ?? '/', target);
    const signed = searchParams.get('X-Amz-SignedHeaders')?.split(';');
    const unsigned = Object.keys(incoming.headers).filter((name) => name.startsWith('x-amz-') && name !== through);
    if (signed !== undefined && unsigned.some((name) => !signed.includes(name))) {
      incoming.resume();
      answer.writeHead(403, { 'content-type': 'application/xml' }).end(refusal);
      return;
    }
    const { method, url: path, headers } = incoming;
    const onward = request({ hostname, port, method, path, headers }, (found) => {
      answer.writeHead(found.statusCode ?? 502, found.headers);
      found.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    endpoint: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    letThrough(header) {
      through = header;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
