import { patientId, visitId } from '@sotto/protocol/ids';
import type { PatientKeyStatement } from '@sotto/protocol/keystore';
import { QueryClient } from '@tanstack/react-query';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MemoryStorage } from '../../test/memoryStorage.ts';
import { SoftKeystore } from '../../test/softKeystore.ts';
import { ClinicFault } from '../clinic/errors.ts';
import { randomId } from '../keystore/bytes.ts';
import { EvidenceFault } from '../keystore/errors.ts';
import { rememberOwnPatient } from './ownPatient.ts';
import { endsShowing, newestObjectsQuery, ownObjectsQuery, ownPatientsQuery } from './portalQuery.ts';

afterEach(() => vi.unstubAllGlobals());

const part = (next: string | null) => ({ objects: [], next });

describe('the list of a patient’s notes', () => {
  it('is looked at again by its first part alone, and read again when that is another', async () => {
    const place = `2031-05-06T07:08:09.000Z~${'A'.repeat(22)}`;
    const queries = new QueryClient();
    const asked: string[] = [];
    let newest = part(place);
    vi.stubGlobal('fetch', (path: string) => {
      asked.push(path);
      return Promise.resolve(new Response(JSON.stringify(newest)));
    });
    queries.setQueryData(ownObjectsQuery.queryKey, { pages: [part(place), part(null)], pageParams: [null, place] });
    const isStale = () => queries.getQueryState(ownObjectsQuery.queryKey)?.isInvalidated;
    await queries.query({ ...newestObjectsQuery, staleTime: 0 });
    expect(asked).toEqual(['/api/portal/objects']);
    expect(isStale()).toBe(false);
    newest = part(null);
    await queries.query({ ...newestObjectsQuery, staleTime: 0 });
    expect(isStale()).toBe(true);
    expect(ownObjectsQuery).not.toHaveProperty('refetchInterval');
  });
});

describe('what a patient’s page shows', () => {
  it('goes when its answer can’t be believed, or the session is over; not when the clinic isn’t reached', () => {
    expect(endsShowing(new EvidenceFault('statement'))).toBe(true);
    expect(endsShowing(new ClinicFault('unauthenticated'))).toBe(true);
    expect(endsShowing(new ClinicFault('unreachable'))).toBe(false);
    expect(endsShowing(null)).toBe(false);
  });
});

describe('as whom a browser knows the patient who reads the log', () => {
  const me = patientId.parse(randomId());
  /** A browser that has used these keys, and a server that says who reads and which keys of theirs the keystore signed for. */
  async function browser(used: PatientKeyStatement[], keystore: SoftKeystore) {
    const storage = new MemoryStorage();
    vi.stubGlobal('localStorage', storage);
    vi.stubGlobal('sessionStorage', new MemoryStorage());
    for (const one of used) rememberOwnPatient(one, storage);
    return async (pseudonym: typeof me, living: PatientKeyStatement[], isStale = false) => {
      vi.stubGlobal('fetch', async (path: string) => {
        const asked = new URL(path, 'https://clinic.example').searchParams.get('nonce') ?? '';
        const answer = await keystore.patientKeys(pseudonym, living, isStale ? randomId() : asked);
        const visit = { id: visitId.parse(randomId()), clinicianName: 'Dr Ada', status: 'ended' };
        const patient = { id: pseudonym, name: 'Noor' };
        return new Response(JSON.stringify({ patient, visit, ...answer, restrictions: [] }));
      });
      const { keys, patients } = await new QueryClient().query({ ...ownPatientsQuery(keystore.pins), retry: false });
      return { vouched: keys.map((one) => one.pseudonym), patients };
    };
  }

  it('is the one whose key counts now: one that was ended vouches for nobody, whatever page asks first', async () => {
    const keystore = await SoftKeystore.make();
    const [ended, newer] = [await keystore.patientKey({ pseudonym: me }), await keystore.patientKey({ pseudonym: me })];
    const ask = await browser([ended], keystore);
    expect(await ask(me, [ended, newer])).toEqual({ vouched: [me], patients: [me] });
    expect(await ask(me, [newer])).toEqual({ vouched: [], patients: [] });
    expect(await ask(me, [ended])).toEqual({ vouched: [], patients: [] });
  });

  it('is nobody else, whom the server names in their place, and nobody at all without a list of this moment', async () => {
    const keystore = await SoftKeystore.make();
    const own = await keystore.patientKey({ pseudonym: me });
    const ask = await browser([own], keystore);
    expect(await ask(patientId.parse(randomId()), [])).toEqual({ vouched: [], patients: [me] });
    await expect(ask(me, [own], true)).rejects.toThrow(EvidenceFault);
    expect(await ask(me, [own])).toEqual({ vouched: [me], patients: [me] });
  });
});
