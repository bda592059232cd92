import { TLSSocket } from 'node:tls';
import type { SessionId } from '@sotto/protocol/ids';
import { endedSessions, maxEndedSessions, sessionEndsNames, sessionEndsPath } from '@sotto/protocol/sessionEnds';
import { isPeer } from '@sotto/service/tls';
import { type Answer, nothingHere } from './httpsListener.ts';

/** An id takes 25 characters with its quotes and its comma. */
const maxBodyBytes = maxEndedSessions * 32;

function parse(text: string): readonly SessionId[] | null {
  try {
    return endedSessions.parse(JSON.parse(text)).sessions;
  } catch {
    return null;
  }
}

/**
 * Hears from the api, and from nobody else, which sessions were ended.
 *
 * @param end done before it is answered
 */
export const hearSessionEnds =
  (end: (sessions: readonly SessionId[]) => void): Answer =>
  (request, response) => {
    const { socket } = request;
    const isApi = socket instanceof TLSSocket && isPeer(socket, sessionEndsNames.caller);
    if (!isApi || request.method !== 'POST' || request.url !== sessionEndsPath) {
      nothingHere(request, response);
      return;
    }
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxBodyBytes) request.destroy();
      else chunks.push(chunk);
    });
    request.on('end', () => {
      const sessions = parse(Buffer.concat(chunks).toString());
      if (sessions !== null) end(sessions);
      response.writeHead(sessions === null ? 400 : 204, { connection: 'close' }).end();
    });
  };
