import { generateKeyPairSync, sign } from 'node:crypto';
import { decodeEntry } from '@sotto/audit';
import { visitId } from '@sotto/protocol/ids';
import { hash, type ManifestSigner, type ObjectContext } from '@sotto/vault';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bytes, fromBase64url, sha256, toBase64url } from '../src/bytes.ts';
import { officerRole } from '../src/directory/clinician.ts';
import { newId } from '../src/ids.ts';
import { mintObject } from '../src/keys/objectKeys.ts';
import type { KeystoreContext } from '../src/keystoreContext.ts';
import type { Releases } from '../src/release/releases.ts';
import { isSigned } from '../src/statement.ts';
import type { Installation } from './installation.ts';
import { Passkey } from './passkey.ts';
import type { People } from './people.ts';
import { permittedReleases } from './permittedReleases.ts';
import { Registering, refused } from './registering.ts';
import { manifestOf, signerOf } from './sealing.ts';

let registering: Registering;
let installation: Installation;
let context: KeystoreContext;
let people: People;
let physician: Passkey;
let releases: Releases;
beforeAll(async () => {
  registering = await Registering.start();
  ({ installation, context, people, physician } = registering);
  releases = permittedReleases(context, people.requests);
});
afterAll(() => registering.remove());

async function minted() {
  const { statement } = await mintObject(context, {
    pseudonym: (await people.object()).pseudonym,
    visit: newId(visitId),
  });
  return statement;
}
const register = ({ payload }: Awaited<ReturnType<typeof minted>>, manifest: Bytes) =>
  registering.register(payload.object, manifest);
const release = async (object: Awaited<ReturnType<typeof minted>>['payload']['object']) =>
  releases.release((await people.viewer(physician, [object])).call);

describe('a manifest that is handed in', () => {
  it('is stated, logged and given out with the key, once', async () => {
    const statement = await minted();
    const { object, pseudonym, visit } = statement.payload;
    expect(await release(object)).toMatchObject({ tag: 'released', keys: [{ registration: null }] });
    const manifest = await manifestOf(statement, signerOf(physician));
    const [first, second] = await Promise.all([register(statement, manifest), register(statement, manifest)]);
    if (first.tag === 'refused') throw new Error(first.code);
    const manifestHash = toBase64url(sha256(manifest));
    expect(first.statement.payload).toMatchObject({
      ...{ type: 'sotto/object-registered/v1', clinic: installation.clinic, pseudonym, visit, object, kind: 'note' },
      ...{ manifest: manifestHash, writer: physician.subject },
    });
    expect(isSigned(context.statements.publicKey, first.statement)).toBe(true);
    const { content } = first.proof.leaf;
    expect(content && decodeEntry(content.encoded)).toMatchObject({
      ...{ action: 'object.register', actor: physician.subject, role: 'physician', patient: pseudonym },
      ...{ resource: `object:${object}`, after: manifestHash },
    });
    expect(second).toMatchObject({ statement: first.statement, proof: { leaf: first.proof.leaf } });
    expect(await register(statement, await manifestOf(statement, signerOf(physician)))).toEqual(refused('conflict'));
    expect(await release(object)).toMatchObject({ tag: 'released', keys: [{ registration: first.statement }] });
  });

  it('is refused when it is of another object, patient or visit, of a kind that may not be, or not one', async () => {
    const [statement, other] = [await minted(), await minted()];
    const { object, pseudonym, visit } = other.payload;
    const changes: Partial<ObjectContext>[] = [
      { object },
      { pseudonym },
      { visit },
      { visit: null },
      { clinic: newId({ parse: (text: string) => text }) as never },
      { kind: 'recording' },
      { consent: hash.parse('A'.repeat(43)) },
    ];
    for (const change of changes) {
      const manifest = await manifestOf(statement, signerOf(physician), change);
      expect(await register(statement, manifest)).toEqual(refused('invalid'));
    }
    const good = await manifestOf(statement, signerOf(physician));
    expect(await register(statement, good.slice(0, -1))).toEqual(refused('invalid'));
    expect(await register(statement, new Uint8Array([...good, 0]))).toEqual(refused('invalid'));
    expect(await register(statement, new Uint8Array(10))).toEqual(refused('invalid'));
    expect(await release(statement.payload.object)).toMatchObject({ keys: [{ registration: null }] });
  });

  it('is refused unless a clinician who is registered here signed it, here', async () => {
    const statement = await minted();
    const [leaver, stranger] = [await people.physician(), new Passkey()];
    const [officer] = people.officers;
    if (!officer) throw new Error('there are officers');
    const leavers = await manifestOf(statement, signerOf(leaver));
    const { subject, credential } = leaver;
    await people.perform([officer], { action: 'revoke', subject, credential, reason: 'left' });
    const elsewhere = signerOf(physician, { origin: 'https://evil.example' });
    const otherSite = signerOf(physician, { rpId: 'evil.example' });
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const leaf: ManifestSigner = {
      algorithm: 'Ed25519',
      publicKey: fromBase64url(publicKey.export({ format: 'jwk' }).x ?? ''),
      sign: async (message) => new Uint8Array(sign(null, message, privateKey)),
    };
    const forged = (await manifestOf(statement, signerOf(physician))).map((byte, index, all) =>
      index === all.length - 1 ? byte ^ 1 : byte,
    );
    expect(await register(statement, leavers)).toEqual(refused('assertion'));
    expect(await register(statement, forged)).toEqual(refused('assertion'));
    for (const signer of [signerOf(stranger), signerOf(officer), elsewhere, otherSite]) {
      expect(await register(statement, await manifestOf(statement, signer))).toEqual(refused('assertion'));
    }
    expect(await register(statement, await manifestOf(statement, leaf))).toEqual(refused('invalid'));
    expect(officerRole).toBe('privacyOfficer');
  });

  it('is refused for what was never minted or is shredded', async () => {
    const statement = await minted();
    const { object, pseudonym } = statement.payload;
    const manifest = await manifestOf(statement, signerOf(physician));
    const unknown = {
      ...statement,
      payload: { ...statement.payload, object: newId({ parse: (t: string) => t as typeof object }) },
    };
    expect(await register(unknown, manifest)).toEqual(refused('unknownObject'));
    expect(await register(statement, manifest)).toMatchObject({ tag: 'registered' });
    await people.perform(people.officers, { action: 'shred', pseudonym, object });
    expect(await register(statement, manifest)).toEqual(refused('unknownObject'));
  });

  it('stops releases when its row was edited, moved from another object, or taken away', async () => {
    const [one, two] = [await minted(), await minted()];
    for (const statement of [one, two]) await register(statement, await manifestOf(statement, signerOf(physician)));
    const { object } = one.payload;
    const change = (text: string, values: unknown[]) => installation.asOwner((client) => client.query(text, values));
    const edit = 'update keystore.registration set statement = $1 where object = $2';
    const [row] = (await change('select * from keystore.registration where object = $1', [object])).rows as {
      statement: string;
      entry_index: string;
    }[];
    if (!row) throw new Error('there is a row');
    const other = (await change('select statement from keystore.registration where object = $1', [two.payload.object]))
      .rows[0] as { statement: string };
    const stopped = { name: 'LogStopped', code: 'damaged' };
    for (const planted of [row.statement.replace(physician.subject, newId(visitId)), other.statement, '{}', '']) {
      await change(edit, [planted, object]);
      await expect(release(object)).rejects.toMatchObject(stopped);
    }
    await change('delete from keystore.registration where object = $1', [object]);
    await expect(release(object)).rejects.toMatchObject(stopped);
    await expect(register(one, await manifestOf(one, signerOf(physician)))).rejects.toMatchObject(stopped);
  });
});
