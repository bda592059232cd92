import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { type SubjectName, subjectName } from '../ca/subjectName.ts';
import { StartError } from '../errors.ts';

/** How this machine is reached: what the certificate, the origins and the media addresses follow from. */
export interface Network {
  /** Address that api and signaling listen on. */
  listen: string;
  /** The name for links: `localhost`, or what `--host` gave. */
  canonical: string;
  /** Everything that browsers may call this machine, the canonical name first. */
  names: SubjectName[];
  /** For the SFU: `ip` or `ip=announcedAddress`. */
  media: string[];
}

export type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/** Bridges and tunnels that other machines of the network don't reach this one by. */
const virtualInterface = /^(?:docker|br-|veth|virbr|vmnet|bridge|tun|tap|utun|wg|lxc|cni|flannel|podman)/;

/** IPv4 addresses by which others may reach this machine, those of real interfaces first. */
export function ownAddresses(interfaces: Interfaces): string[] {
  const named = Object.entries(interfaces).flatMap(([name, list]) =>
    (list ?? [])
      .filter((entry) => entry.family === 'IPv4' && !entry.internal && !entry.address.startsWith('169.254.'))
      .map(({ address }) => ({ address, rank: virtualInterface.test(name) ? 1 : 0 })),
  );
  return named.sort((a, b) => a.rank - b.rank).map(({ address }) => address);
}

const loopback = ['localhost', '127.0.0.1', '::1'];

async function resolveHost(host: string): Promise<string[]> {
  if (isIP(host) !== 0) return [host];
  try {
    return (await lookup(host, { all: true, family: 4 })).map(({ address }) => address);
  } catch {
    throw new StartError(
      `The name ${host} leads to no address: add it to your network's DNS or to /etc/hosts, or give --host an address.`,
    );
  }
}

/** With `--host`: listen for everybody, and tell browsers the address that the name stands for. */
async function shared(host: string, interfaces: Interfaces): Promise<Network> {
  const own = ownAddresses(interfaces);
  const resolved = await resolveHost(host);
  // A machine's own name often leads to 127.0.1.1 on the machine itself, which means nothing to others.
  const reachable = resolved.filter((address) => !address.startsWith('127.') && address !== '::1');
  const announced = reachable[0] ?? own[0];
  if (announced === undefined) {
    throw new StartError(`This machine has no address in a network, so --host ${host} can not work: connect it first.`);
  }
  const isV6 = isIP(announced) === 6;
  const any = isV6 ? '::' : '0.0.0.0';
  const names = [...new Set([host, ...loopback, ...own, announced])].map(subjectName);
  const isOwn = isIP(host) !== 0 && Object.values(interfaces).some((list) => list?.some((e) => e.address === host));
  return { listen: any, canonical: host, names, media: [isOwn ? announced : `${any}=${announced}`] };
}

/**
 * @param host what `--host` gave, or undefined for this machine only
 * @throws StartError if the name leads nowhere
 */
export async function planNetwork(
  host: string | undefined,
  interfaces: Interfaces = networkInterfaces(),
): Promise<Network> {
  if (host !== undefined) return shared(host, interfaces);
  // Firefox gathers no loopback candidates, so media also needs an address of the machine's own.
  const [own] = ownAddresses(interfaces);
  return {
    listen: '127.0.0.1',
    canonical: 'localhost',
    names: loopback.map(subjectName),
    media: ['127.0.0.1', ...(own === undefined ? [] : [own])],
  };
}

/** The address to listen on behind an entry of `Network.media`. */
export function mediaAddress(entry: string): string {
  return entry.split('=', 1)[0] ?? entry;
}

/** `https://` origins of a port under every name, the canonical one first. */
export function originsOf(network: Network, port: number): string[] {
  return network.names.map(
    ({ value }) => new URL(`https://${isIP(value) === 6 ? `[${value}]` : value}:${port}`).origin,
  );
}
