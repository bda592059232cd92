import { createSocket } from 'node:dgram';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { portsFrom, requireFreePorts } from './ports.ts';

const addresses = { web: '127.0.0.1', media: ['127.0.0.1'] };
const close: (() => void)[] = [];
afterEach(() => {
  for (const each of close.splice(0)) each();
});

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    close.push(() => server.close());
    server.once('error', reject).listen(port, '127.0.0.1', () => resolve(server));
  });
}

/** A port with free ones behind it, as far as anybody can tell. */
async function somePort(): Promise<number> {
  for (;;) {
    const server = await listen(0);
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    if (port > 60_000) continue;
    try {
      await requireFreePorts(port, 2, addresses);
      return port;
    } catch {
      // Taken by somebody else in this range: try another one.
    }
  }
}

const complaint = (first: number) =>
  requireFreePorts(first, 2, addresses).then(
    () => '',
    (fault: unknown) => String(fault).replace(/^\w+: /, ''),
  );

describe('the ports of a start', () => {
  it('follow from the first', () => {
    expect(portsFrom(8443)).toEqual({
      web: 8443,
      signaling: 8444,
      control: 8445,
      database: 8446,
      keystore: 8447,
      keyDatabase: 8448,
      witness: 8449,
      rtc: 8453,
    });
  });

  it.each([
    ['the client', 0],
    ['signaling', 1],
    ['control', 2],
    ['the database', 3],
    ['the second media worker', 11],
  ])('names the busy one of %s, and others that work', async (_, offset) => {
    const first = await somePort();
    await listen(first + offset);
    const line = await complaint(first);
    expect(line).toMatch(new RegExp(`^Port ${first + offset} \\(TCP\\) is in use by another program: stop that`));
    const other = Number(/--port (\d+)\.$/.exec(line)?.[1]);
    expect(await complaint(other)).toBe('');
  });

  it('also looks at UDP', async () => {
    const first = await somePort();
    const socket = createSocket('udp4');
    close.push(() => socket.close());
    await new Promise<void>((resolve) => socket.bind(first + 10, '127.0.0.1', resolve));
    expect(await complaint(first)).toMatch(new RegExp(`^Port ${first + 10} \\(UDP\\) is in use`));
  });

  it('says when the address is none of this machine', async () => {
    const first = await somePort();
    const elsewhere = requireFreePorts(first, 1, { web: '127.0.0.1', media: ['203.0.113.77'] });
    await expect(elsewhere).rejects.toThrow(/does not have the address 203\.0\.113\.77/);
  });
});
