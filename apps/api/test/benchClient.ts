// Asks a server over TLS from a thread of its own, for benchProcess.ts: its connections stay open, as a browser's do.
import { Agent, request } from 'node:https';
import { parentPort } from 'node:worker_threads';
import { timeCallers } from './benchCallers.ts';

/** What is asked of which server. */
export interface AskedOverTls {
  readonly port: number;
  readonly ca: string;
  readonly cookie: string;
  readonly callers: number;
  readonly paths: readonly string[];
}

const agents = new Map<number, Agent>();
function agentOf(port: number): Agent {
  const agent = agents.get(port) ?? new Agent({ keepAlive: true, maxSockets: 64 });
  agents.set(port, agent);
  return agent;
}

const askWith =
  ({ port, ca, cookie }: AskedOverTls) =>
  (path: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const target = { host: '127.0.0.1', servername: 'localhost', port, ca, agent: agentOf(port) };
      request({ ...target, path, headers: { cookie } }, (answer) => {
        answer.on('end', () => resolve(answer.statusCode)).resume();
      })
        .on('error', reject)
        .end();
    });

parentPort?.on('message', (asked: AskedOverTls) => {
  void timeCallers(asked.callers, asked.paths, askWith(asked)).then((times) => parentPort?.postMessage(times));
});
