import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureCertificates } from '../ca/certificates.ts';
import { subjectName } from '../ca/subjectName.ts';
import { type AuthorityFile, readAuthority } from './authorityFile.ts';
import { nssStore, nssStores } from './nssStore.ts';
import { isTrusted } from './stores.ts';
import { anchorStore } from './systemStore.ts';

let home = '';
let authority: AuthorityFile;
let other: AuthorityFile;

async function newAuthority(folder: string): Promise<AuthorityFile> {
  const made = await ensureCertificates(join(home, folder), [subjectName('localhost')], new Date());
  return readAuthority(made.authority.path);
}

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'sotto-trust-'));
  authority = await newAuthority('a');
  other = await newAuthority('b');
});
afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

const hasCertutil = (() => {
  try {
    execFileSync('certutil', ['--version'], { stdio: 'ignore' });
    return true;
  } catch (fault) {
    return (fault as NodeJS.ErrnoException).code !== 'ENOENT';
  }
})();

describe('an authority', () => {
  it('has a name and a tag that tell it from others', () => {
    expect(authority.name).toMatch(/^Sotto local authority [0-9a-f]{6}$/);
    expect(authority.tag).toMatch(/^[0-9a-f]{32}$/);
    expect([authority.name, authority.tag]).not.toEqual([other.name, other.tag]);
  });

  it('that does not exist yet is told in one line', () => {
    expect(() => readAuthority(join(home, 'none.pem'))).toThrow(
      /^There is no authority at .* yet: run npm start first\.$/,
    );
  });
});

describe.runIf(hasCertutil)("a browser's database", { timeout: 60_000 }, () => {
  const store = () => nssStore('Chromium', join(home, '.pki/nssdb'), home);

  it('takes an authority in and gives it out again, and keeps the others', async () => {
    expect(await store().contains(authority)).toBe(false);
    expect(await store().add(authority)).toEqual({ tag: 'done' });
    expect(await store().add(other)).toEqual({ tag: 'done' });
    expect(await store().add(authority)).toEqual({ tag: 'already' });
    expect(await store().contains(authority)).toBe(true);
    expect(await store().remove(authority)).toEqual({ tag: 'done' });
    expect(await store().remove(authority)).toEqual({ tag: 'already' });
    expect([await store().contains(authority), await store().contains(other)]).toEqual([false, true]);
  });

  it('trusts it for servers and for nothing else', async () => {
    await store().add(authority);
    const list = execFileSync('certutil', ['-L', '-d', `sql:${join(home, '.pki/nssdb')}`], { encoding: 'utf8' });
    expect(list).toMatch(new RegExp(`${authority.name}\\s+C,,`));
  });

  it('is found in every profile of a person', async () => {
    for (const profile of ['.mozilla/firefox/abc.default', 'snap/firefox/common/.mozilla/firefox/def.default']) {
      const folder = join(home, profile);
      mkdirSync(folder, { recursive: true });
      await nssStore('Firefox', folder, home).add(authority);
    }
    const names = nssStores(home).map(({ name }) => name);
    expect(names).toContain(`Firefox (${join(home, '.mozilla/firefox/abc.default')})`);
    expect(names).toContain(`Firefox (snap) (${join(home, 'snap/firefox/common/.mozilla/firefox/def.default')})`);
  });

  it('decides with the others whether trust is still needed', async () => {
    const stores = [store(), nssStore('Firefox', join(home, 'profile'), home)];
    await stores[0]?.add(authority);
    expect(await isTrusted(authority.path, stores)).toBe(false);
    await stores[1]?.add(authority);
    expect(await isTrusted(authority.path, stores)).toBe(true);
  });
});

describe("a system's folder of authorities", () => {
  const anchors = () => anchorStore({ folder: home, extension: 'crt', refresh: ['true'] });

  it.runIf(process.getuid?.() === 0)('takes an authority in and gives it out again', async () => {
    const file = join(home, `sotto-${authority.tag}.crt`);
    expect(await anchors().add(authority)).toEqual({ tag: 'done' });
    expect(readFileSync(file, 'utf8')).toBe(authority.pem);
    expect(await anchors().contains(authority)).toBe(true);
    expect(await anchors().add(authority)).toEqual({ tag: 'already' });
    expect(await anchors().contains(other)).toBe(false);
    expect(await anchors().remove(authority)).toEqual({ tag: 'done' });
    expect(existsSync(file)).toBe(false);
    expect(await anchors().remove(authority)).toEqual({ tag: 'already' });
  });

  it.runIf(process.getuid?.() === 0)('says what to run when its command fails', async () => {
    const broken = anchorStore({ folder: home, extension: 'crt', refresh: ['false'] });
    const change = await broken.add(authority);
    expect(change.tag === 'skipped' && change.sentence).toMatch(
      /^false failed; run this as root: install -m 644 .* && false$/,
    );
  });
});
