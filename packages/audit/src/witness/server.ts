import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { checkpointPath } from './checkpointPath.ts';
import { maxRequestBytes, type Witness } from './witness.ts';

/**
 * Handles `POST /add-checkpoint` (https://c2sp.org/tlog-witness), and `GET /<hex SHA-256 of the origin>/checkpoint`,
 * which shows what was cosigned last; nothing else. Usable under HTTPS as well.
 */
export function witnessHandler(witness: Witness): RequestListener {
  return (request, response) => {
    const answer = async () => {
      if (request.url?.endsWith('/checkpoint')) return show(witness, request, response);
      if (request.url !== '/add-checkpoint') return response.writeHead(404).end();
      if (request.method !== 'POST') return response.writeHead(405, { allow: 'POST' }).end();
      const body = await readCapped(request);
      if (!body) return response.writeHead(413, { connection: 'close' }).end();
      const { status, contentType, body: text } = await witness.addCheckpoint(body);
      return response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' }).end(text);
    };
    // State that can't be read or written: no cosignature, and the log hears that its witness is in trouble.
    answer().catch(() => response.headersSent || response.writeHead(500).end());
  };
}

async function show(witness: Witness, { url, method }: IncomingMessage, response: ServerResponse) {
  if (method !== 'GET') return response.writeHead(405, { allow: 'GET' }).end();
  const note = await witness.latestCheckpoint((origin) => checkpointPath(origin) === url);
  if (note === null) return response.writeHead(404).end();
  return response
    .writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
    .end(note);
}

/** A listener without TLS, for loopback or behind something that ends TLS. */
export const createWitnessServer = (witness: Witness): Server => createServer(witnessHandler(witness));

async function readCapped(request: IncomingMessage): Promise<Uint8Array | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxRequestBytes) return null;
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
