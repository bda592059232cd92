import { type ServerSpec, startServer } from '../postgres/server.ts';
import type { Part } from './part.ts';

/** PostgreSQL as the supervisor runs it. */
export function postgresPart(name: string, spec: ServerSpec): Part {
  return {
    name,
    start: async () => {
      const server = await startServer(spec);
      return { exited: server.exited, stop: () => server.stop(), kill: () => server.abort() };
    },
  };
}
