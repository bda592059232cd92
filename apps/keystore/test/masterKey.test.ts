import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTemporaryToken } from '@sotto/infra/pkcs11';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Bytes, utf8 } from '../src/bytes.ts';
import type { MasterKey } from '../src/master/masterKey.ts';
import { pkcs11Fault } from '../src/master/pkcs11Fault.ts';
import { openPkcs11MasterKey } from '../src/master/pkcs11MasterKey.ts';
import { createSoftwareKeyFile, openSoftwareMasterKey } from '../src/master/softwareMasterKey.ts';

const newKey = (): Bytes => new Uint8Array(randomBytes(32));
const aad = utf8('clinic, patient, 1');
const token = await createTemporaryToken();
const folder = mkdtempSync(join(tmpdir(), 'sotto-master-'));
const keyFile = join(folder, 'master.key');
const opened = new Set<MasterKey>();

beforeAll(async () => {
  process.env['SOFTHSM2_CONF'] = token.configuration;
  await createSoftwareKeyFile(keyFile);
});
afterEach(async () => {
  for (const key of opened) await key.close();
  opened.clear();
});
afterAll(() => {
  token.remove();
  rmSync(folder, { recursive: true });
});

async function keep(opening: Promise<MasterKey>): Promise<MasterKey> {
  const key = await opening;
  opened.add(key);
  return key;
}
const providers = {
  software: () => openSoftwareMasterKey(keyFile, 'KEYSTORE_MASTER_KEY_FILE'),
  pkcs11: () => openPkcs11MasterKey({ ...token, sessions: 3 }, { mayCreate: true }),
} as const;

describe.each(['software', 'pkcs11'] as const)('the master key by %s', (name) => {
  let master: MasterKey;
  beforeEach(async () => {
    master = await keep(providers[name]());
  });

  it('unwraps what it wrapped, and wraps the same key differently each time', async () => {
    const key = newKey();
    const [one, two] = [await master.wrap(key, aad), await master.wrap(key, aad)];
    expect(one).toHaveLength(66);
    expect(one).not.toEqual(two);
    expect(await master.unwrap(one, aad)).toEqual(key);
    expect(await master.unwrap(two, aad)).toEqual(key);
    expect(Buffer.from(one).includes(Buffer.from(key))).toBe(false);
  });

  it('refuses another AAD, and a wrap swapped with another’s', async () => {
    const others = utf8('clinic, patient, 2');
    const [mine, theirs] = [await master.wrap(newKey(), aad), await master.wrap(newKey(), others)];
    for (const [wrapped, about] of [
      [mine, others],
      [theirs, aad],
      [mine, new Uint8Array()],
    ] as const) {
      await expect(master.unwrap(wrapped, about)).rejects.toMatchObject({ code: 'authenticity' });
    }
  });

  it('refuses a wrap with any byte changed, shortened or lengthened', async () => {
    const wrapped = await master.wrap(newKey(), aad);
    for (const at of wrapped.keys()) {
      const changed = wrapped.slice();
      changed[at] = (changed[at] ?? 0) ^ 0x40;
      const code = at < 2 ? 'format' : at < 6 ? 'unknownVersion' : 'authenticity';
      await expect(master.unwrap(changed, aad)).rejects.toMatchObject({ name: 'MasterKeyError', code });
    }
    await expect(master.unwrap(wrapped.slice(1), aad)).rejects.toMatchObject({ code: 'format' });
    await expect(master.unwrap(new Uint8Array(67), aad)).rejects.toMatchObject({ code: 'format' });
    await expect(master.wrap(new Uint8Array(31), aad)).rejects.toMatchObject({ code: 'format' });
  });

  it('goes on unwrapping what an older version wrapped, also after opening anew', async () => {
    const key = newKey();
    const before = master.versions();
    const old = await master.wrap(key, aad);
    const added = await Promise.all([master.addVersion(), master.addVersion()]);
    const last = before.length + 2;
    expect(added).toEqual([last - 1, last]);
    expect(await master.unwrap(old, aad)).toEqual(key);
    const renewed = await master.wrap(key, aad);
    expect(new DataView(renewed.buffer).getUint32(2)).toBe(last);
    await master.close();
    const again = await keep(providers[name]());
    expect(again.versions()).toHaveLength(last);
    expect(await again.unwrap(old, aad)).toEqual(key);
    expect(await again.unwrap(renewed, aad)).toEqual(key);
  });

  it('does many things at once without mixing them up', async () => {
    const keys = Array.from({ length: 60 }, newKey);
    const about = (index: number) => utf8(`patient ${index}`);
    const wraps = await Promise.all(keys.map((key, index) => master.wrap(key, about(index))));
    const unwrapped = await Promise.all(wraps.map((wrapped, index) => master.unwrap(wrapped, about(index))));
    expect(unwrapped).toEqual(keys);
    const wrong = await Promise.allSettled(
      wraps.map((wrapped, index) => master.unwrap(wrapped, about(index % 2 === 0 ? index : index + 1))),
    );
    expect(wrong.map(({ status }) => status === 'fulfilled')).toEqual(keys.map((_, index) => index % 2 === 0));
  });

  it('gives random bytes', async () => {
    const [one, two] = [await master.random(32), await master.random(32)];
    expect(one).toHaveLength(32);
    expect(one).not.toEqual(two);
  });

  it('does nothing once it is closed', async () => {
    const wrapped = await master.wrap(newKey(), aad);
    await master.close();
    await expect(master.unwrap(wrapped, aad)).rejects.toMatchObject({ code: 'closed' });
    await expect(master.wrap(newKey(), aad)).rejects.toMatchObject({ code: 'closed' });
    await expect(master.addVersion()).rejects.toMatchObject({ code: 'closed' });
  });
});

describe('the software provider', () => {
  it('uses a version that another process has added, at once', async () => {
    const [service, command] = [await keep(providers.software()), await keep(providers.software())];
    const old = newKey();
    const before = await service.wrap(old, aad);
    const version = await command.addVersion();
    const key = newKey();
    const rewrapped = await command.wrap(key, aad);
    expect(await service.unwrap(rewrapped, aad)).toEqual(key);
    expect(service.versions()).toHaveLength(version);
    expect(await command.addVersion()).toBe(version + 1);
    const fresh = await service.wrap(key, aad);
    expect(new DataView(fresh.buffer).getUint32(2)).toBe(version + 1);
    expect(await command.unwrap(fresh, aad)).toEqual(key);
    expect(await service.addVersion()).toBe(version + 2);
    expect(await command.addVersion()).toBe(version + 3);
    expect(await service.unwrap(before, aad)).toEqual(old);
  });

  it('wraps nothing while its file is another, or gone', async () => {
    const other = join(folder, 'other.key');
    await createSoftwareKeyFile(other);
    const master = await keep(openSoftwareMasterKey(other, 'KEYSTORE_MASTER_KEY_FILE'));
    const key = newKey();
    const wrapped = await master.wrap(key, aad);
    const held = readFileSync(other);
    rmSync(other);
    await expect(master.wrap(key, aad)).rejects.toMatchObject({ name: 'MasterKeyError', code: 'failed' });
    await createSoftwareKeyFile(other);
    await expect(master.wrap(key, aad)).rejects.toMatchObject({ name: 'MasterKeyError', code: 'failed' });
    await expect(master.addVersion()).rejects.toMatchObject({ name: 'MasterKeyError', code: 'failed' });
    expect(await master.unwrap(wrapped, aad)).toEqual(key);
    writeFileSync(other, held, { mode: 0o600 });
    expect(await master.unwrap(await master.wrap(key, aad), aad)).toEqual(key);
  });

  it('says that it is no HSM, and refuses a key file that others can read', async () => {
    expect((await keep(providers.software())).label).toContain('not an HSM');
    chmodSync(keyFile, 0o640);
    await expect(providers.software()).rejects.toMatchObject({ code: 'start' });
    chmodSync(keyFile, 0o600);
    await expect(createSoftwareKeyFile(keyFile)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(readFileSync(keyFile, 'utf8')).toContain('"v":1');
  });
});

describe('the PKCS #11 provider', () => {
  const open = (changes: Partial<typeof token>) =>
    openPkcs11MasterKey({ ...token, sessions: 2, ...changes }, { mayCreate: false });

  it('tells a wrong PIN from a missing token', async () => {
    await expect(open({ pin: '0000' })).rejects.toMatchObject({ code: 'pinIncorrect' });
    await expect(open({ token: 'another' })).rejects.toMatchObject({ code: 'tokenGone' });
    await expect(open({ module: join(folder, 'none.so') })).rejects.toMatchObject({ code: 'failed' });
  });

  it.each([
    ['CKR_PIN_LOCKED:164', 'pinLocked'],
    ['CKR_DEVICE_REMOVED:50', 'tokenGone'],
    ['CKR_HOST_MEMORY:2', 'failed'],
    ['something else', 'failed'],
  ])('takes %s for %s', (message, code) => {
    expect(pkcs11Fault(new Error(message))).toMatchObject({ name: 'MasterKeyError', code });
  });

  it('makes no key on a token that has none, unless told to', async () => {
    const empty = await createTemporaryToken();
    process.env['SOFTHSM2_CONF'] = empty.configuration;
    try {
      await expect(open(empty)).rejects.toMatchObject({ code: 'unknownVersion' });
    } finally {
      process.env['SOFTHSM2_CONF'] = token.configuration;
      empty.remove();
    }
  });

  it('says that the token is gone when it is pulled out in the middle of the work', async () => {
    const doomed = await createTemporaryToken();
    process.env['SOFTHSM2_CONF'] = doomed.configuration;
    const master = await keep(openPkcs11MasterKey({ ...doomed, sessions: 2 }, { mayCreate: true }));
    const wrapped = await master.wrap(newKey(), aad);
    const results: string[] = [];
    const work = Array.from({ length: 200 }, async (_, index) => {
      if (index === 100) doomed.unplug();
      await master.unwrap(wrapped, aad).then(
        () => results.push('opened'),
        (fault: unknown) => results.push(fault instanceof Error && 'code' in fault ? String(fault.code) : 'untyped'),
      );
    });
    await Promise.all(work);
    await expect(master.unwrap(wrapped, aad)).rejects.toMatchObject({ name: 'MasterKeyError', code: 'tokenGone' });
    expect(results.filter((result) => !['opened', 'tokenGone', 'failed'].includes(result))).toEqual([]);
    await expect(master.addVersion()).rejects.toMatchObject({ name: 'MasterKeyError' });
    process.env['SOFTHSM2_CONF'] = token.configuration;
    doomed.remove();
  });
});
