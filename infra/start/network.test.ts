import type { NetworkInterfaceInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { mediaAddress, originsOf, ownAddresses, planNetwork } from './network.ts';

const v4 = (address: string, internal = false): NetworkInterfaceInfo => ({
  address,
  netmask: '255.255.255.0',
  family: 'IPv4',
  mac: '00:00:00:00:00:00',
  internal,
  cidr: `${address}/24`,
});
const machine = { lo: [v4('127.0.0.1', true)], docker0: [v4('172.17.0.1')], eth0: [v4('192.168.1.20')] };

describe('how the machine is reached', () => {
  it('without --host: on loopback only, but for media that Firefox can find', async () => {
    expect(await planNetwork(undefined, machine)).toEqual({
      listen: '127.0.0.1',
      canonical: 'localhost',
      names: [
        { type: 'dns', value: 'localhost' },
        { type: 'ip', value: '127.0.0.1' },
        { type: 'ip', value: '::1' },
      ],
      media: ['127.0.0.1', '192.168.1.20'],
    });
  });

  it('without --host and without a network', async () => {
    expect((await planNetwork(undefined, { lo: machine.lo })).media).toEqual(['127.0.0.1']);
  });

  it('by an address of its own: media listens there', async () => {
    const network = await planNetwork('192.168.1.20', machine);
    expect(network.listen).toBe('0.0.0.0');
    expect(network.media).toEqual(['192.168.1.20']);
    expect(network.names[0]).toEqual({ type: 'ip', value: '192.168.1.20' });
    expect(network.names).toContainEqual({ type: 'dns', value: 'localhost' });
  });

  it('by an address that leads here from outside: it is announced', async () => {
    expect((await planNetwork('203.0.113.9', machine)).media).toEqual(['0.0.0.0=203.0.113.9']);
  });

  it('by a name that leads to loopback: the own address is announced instead', async () => {
    const network = await planNetwork('localhost', machine);
    expect(network.media).toEqual(['0.0.0.0=192.168.1.20']);
    expect(network.names.map(({ value }) => value)).toEqual([
      'localhost',
      '127.0.0.1',
      '::1',
      '192.168.1.20',
      '172.17.0.1',
    ]);
  });

  it('says so when a name leads nowhere, or the machine has no network', async () => {
    await expect(planNetwork('nobody.invalid', machine)).rejects.toThrow(/nobody\.invalid leads to no address/);
    await expect(planNetwork('localhost', { lo: machine.lo })).rejects.toThrow(/no address in a network/);
  });

  it('names origins as browsers do', async () => {
    const network = await planNetwork(undefined, machine);
    expect(originsOf(network, 8443)).toEqual([
      'https://localhost:8443',
      'https://127.0.0.1:8443',
      'https://[::1]:8443',
    ]);
    expect(originsOf(network, 443)[0]).toBe('https://localhost');
  });

  it('prefers real interfaces and leaves out link-local addresses', () => {
    expect(ownAddresses({ ...machine, wlan0: [v4('169.254.3.4')] })).toEqual(['192.168.1.20', '172.17.0.1']);
    expect(mediaAddress('0.0.0.0=192.168.1.20')).toBe('0.0.0.0');
    expect(mediaAddress('127.0.0.1')).toBe('127.0.0.1');
  });
});
