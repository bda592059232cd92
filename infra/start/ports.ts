import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { StartError } from '../errors.ts';
import { hasCode } from '../files/atomicFile.ts';
import { portSpan } from './arguments.ts';

export interface Ports {
  /** The clinic API and the client, HTTPS. */
  web: number;
  /** Socket.IO, HTTPS. */
  signaling: number;
  /** Between signaling and the SFU, mutual TLS, loopback only. */
  control: number;
  /** PostgreSQL, loopback only. */
  database: number;
  /** The keystore's door, mutual TLS, loopback only. */
  keystore: number;
  /** The key database's PostgreSQL, loopback only. */
  keyDatabase: number;
  /** The witness of the keystore's log, loopback only. */
  witness: number;
  /** First of the media ports: worker i has UDP and TCP of this plus i. */
  rtc: number;
}

/** The ports that follow from the first one. */
export function portsFrom(first: number): Ports {
  return {
    ...{ web: first, signaling: first + 1, control: first + 2, database: first + 3 },
    ...{ keystore: first + 4, keyDatabase: first + 5, witness: first + 6, rtc: first + 10 },
  };
}

/** One port that will be listened on. */
interface Use {
  protocol: 'tcp' | 'udp';
  port: number;
  address: string;
}

function usesOf(ports: Ports, workers: number, addresses: { web: string; media: readonly string[] }): Use[] {
  const tcp = (port: number, address: string): Use => ({ protocol: 'tcp', port, address });
  return [
    tcp(ports.web, addresses.web),
    tcp(ports.signaling, addresses.web),
    ...[ports.control, ports.database, ports.keystore, ports.keyDatabase, ports.witness].map((port) =>
      tcp(port, '127.0.0.1'),
    ),
    ...Array.from({ length: workers }, (_, index) => ports.rtc + index).flatMap((port) =>
      addresses.media.flatMap((address) => [tcp(port, address), { protocol: 'udp' as const, port, address }]),
    ),
  ];
}

/** The system's error code for listening there, or undefined if it can be done. */
async function obstacle({ protocol, port, address }: Use): Promise<unknown> {
  return new Promise((resolve) => {
    if (protocol === 'tcp') {
      const server = createServer();
      server.once('error', resolve);
      server.listen({ port, host: address, exclusive: true }, () => server.close(() => resolve(undefined)));
    } else {
      const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
      socket.once('error', resolve);
      socket.bind({ port, address, exclusive: true }, () => socket.close(() => resolve(undefined)));
    }
  });
}

async function firstObstacle(uses: readonly Use[]): Promise<{ use: Use; fault: unknown } | undefined> {
  for (const use of uses) {
    const fault = await obstacle(use);
    if (fault !== undefined) return { use, fault };
  }
  return undefined;
}

/**
 * Makes sure that every port can be listened on, before anything is started.
 *
 * @param addresses where api and signaling listen, and where the media workers do
 * @throws StartError that names the port and a first port that works
 */
export async function requireFreePorts(
  first: number,
  workers: number,
  addresses: { web: string; media: readonly string[] },
): Promise<Ports> {
  const ports = portsFrom(first);
  const found = await firstObstacle(usesOf(ports, workers, addresses));
  if (!found) return ports;
  const { use, fault } = found;
  if (hasCode(fault, 'EACCES')) {
    throw new StartError(
      `Port ${use.port} is reserved for root: choose a higher one, such as npm start -- --port 8443.`,
    );
  }
  if (hasCode(fault, 'EADDRNOTAVAIL')) {
    throw new StartError(
      `This machine does not have the address ${use.address}: give --host one of its own addresses.`,
    );
  }
  if (!hasCode(fault, 'EADDRINUSE')) throw fault;
  for (let other = first + 100; other + portSpan <= 65_535 && other <= first + 5_000; other += 100) {
    if ((await firstObstacle(usesOf(portsFrom(other), workers, addresses))) === undefined) {
      throw new StartError(
        `Port ${use.port} (${use.protocol.toUpperCase()}) is in use by another program: stop that, or use other ports, ` +
          `npm start -- --port ${other}.`,
      );
    }
  }
  throw new StartError(
    `Port ${use.port} (${use.protocol.toUpperCase()}) is in use by another program: stop that, or choose others with --port N.`,
  );
}
