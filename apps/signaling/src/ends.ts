import { TLSSocket } from 'node:tls';
import { endedSessions, endedVisits, endsNames, maxEnded, sessionEndsPath, visitEndsPath } from '@sotto/protocol/ends';
import type { SessionId, VisitId } from '@sotto/protocol/ids';
import { isPeer } from '@sotto/service/tls';
import { type Answer, nothingHere } from './httpsListener.ts';

/** An id takes 25 characters with its quotes and its comma. */
const maxBodyBytes = maxEnded * 32;

/** Ends what the api says was ended; done before it is answered. */
export interface EndListener {
  sessionsEnded(sessions: readonly SessionId[]): void;
  visitsEnded(visits: readonly VisitId[]): void;
}

/** What a body of each path ends; false for a body that isn't one. */
const hearers: Readonly<Record<string, (listener: EndListener, body: unknown) => boolean>> = {
  [sessionEndsPath](listener, body) {
    const { data } = endedSessions.safeParse(body);
    if (data) listener.sessionsEnded(data.sessions);
    return data !== undefined;
  },
  [visitEndsPath](listener, body) {
    const { data } = endedVisits.safeParse(body);
    if (data) listener.visitsEnded(data.visits);
    return data !== undefined;
  },
};

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Hears from the api, and from nobody else, what was ended. */
export const hearEnds =
  (listener: EndListener): Answer =>
  (request, response) => {
    const { socket, url = '' } = request;
    const isApi = socket instanceof TLSSocket && isPeer(socket, endsNames.caller);
    const hear = Object.hasOwn(hearers, url) ? hearers[url] : undefined;
    if (!isApi || request.method !== 'POST' || hear === undefined) {
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
      const isHeard = hear(listener, parse(Buffer.concat(chunks).toString()));
      response.writeHead(isHeard ? 204 : 400, { connection: 'close' }).end();
    });
  };
