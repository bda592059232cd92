import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';

/** A request as the server was sent it. */
export interface Asked {
  readonly method: string;
  /** The part or the bucket; as in the address. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What it says to that; `cut`: nothing, and the connection ends. */
export type Answer = 'cut' | { status: number; text?: string; headers?: Record<string, string> };

/**
 * A server that says what it is told to: what no gateway can be brought to say. A bucket on it has versions and Object
 * Lock, and no rules, unless the script says otherwise.
 */
export interface ScriptedServer {
  /** `http://127.0.0.1:PORT`. */
  readonly endpoint: string;
  readonly asked: readonly Asked[];
  close(): Promise<void>;
}

/** An answer that tells of a fault. */
export const fault = (status: number, code: string): Answer => ({
  status,
  text: `<Error><Code>${code}</Code></Error>`,
});

/** The answer to a listing of versions, the newest first. */
export const versions = (list: readonly { key: string; id: string; length?: number; tag?: string }[], rest = '') => ({
  status: 200,
  text: `<ListVersionsResult>${list
    .map(
      ({ key, id, length = 1, tag = '"t"' }) =>
        `<Version><Key>${key}</Key><VersionId>${id}</VersionId><Size>${length}</Size><ETag>${tag.replaceAll('"', '&quot;')}</ETag></Version>`,
    )
    .join('')}${rest}</ListVersionsResult>`,
});

function byItself({ query }: Asked): Answer {
  if (query.has('versioning')) {
    return { status: 200, text: '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>' };
  }
  if (query.has('object-lock')) {
    const text = '<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>';
    return { status: 200, text };
  }
  if (query.has('lifecycle')) return fault(404, 'NoSuchLifecycleConfiguration');
  return fault(500, 'InternalError');
}

/** @param script what it says; `null` leaves the answer to the server itself */
export async function scriptedServer(
  script: (asked: Asked) => Answer | null | Promise<Answer>,
): Promise<ScriptedServer> {
  const all: Asked[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    const answer = async (): Promise<void> => {
      const { pathname: path, searchParams: query } = new URL(request.url ?? '/', 'http://127.0.0.1');
      const { method = '', headers } = request;
      const asked = { method, path, query, headers, body: Buffer.concat(chunks) };
      all.push(asked);
      const said = (await script(asked)) ?? byItself(asked);
      if (said === 'cut') request.socket.destroy();
      else response.writeHead(said.status, said.headers).end(said.text);
    };
    request.on('end', () => void answer());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    endpoint: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    asked: all,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
