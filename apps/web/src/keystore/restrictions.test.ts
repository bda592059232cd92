import { clinicId, type ObjectId, objectId, patientId, staffId } from '@sotto/protocol/ids';
import type { RestrictedStatement } from '@sotto/protocol/keystore';
import { beforeAll, describe, expect, it } from 'vitest';
import { SoftKeystore } from '../../test/softKeystore.ts';
import { randomId } from './bytes.ts';
import { checkRestrictions, restrictedAmong, restrictionOfAll } from './restrictions.ts';

const patient = patientId.parse(randomId());
const [one, other] = [objectId.parse(randomId()), objectId.parse(randomId())];
const [earlier, later] = ['2031-05-06T07:08:09.000Z', '2031-05-07T07:08:09.000Z'];

let keystore: SoftKeystore;
beforeAll(async () => {
  keystore = await SoftKeystore.make();
});

const signed = (object: ObjectId | null, restrictedAt: string, pseudonym = patient): Promise<RestrictedStatement> =>
  keystore.sign({
    ...{ type: 'sotto/restricted/v1' as const, clinic: keystore.pins.clinic, pseudonym, object },
    ...{ restrictedBy: [staffId.parse(randomId())], restrictedAt },
  });

describe('what is restricted', () => {
  it('is told as a whole only where one is of everything', async () => {
    const [all, single] = [await signed(null, later), await signed(one, earlier)];
    const both = await checkRestrictions([all, single], patient, keystore.pins);
    const alone = await checkRestrictions([single], patient, keystore.pins);
    expect(restrictionOfAll(both)?.since).toEqual(new Date(later));
    expect(restrictionOfAll(alone)).toBeNull();
  });

  it('closes a recording where every track is restricted, and no track that isn’t', async () => {
    const [all, single, second] = [await signed(null, later), await signed(one, earlier), await signed(other, later)];
    const among = async (statements: RestrictedStatement[], objects = [other, one]) =>
      restrictedAmong(await checkRestrictions(statements, patient, keystore.pins), objects);
    expect(await among([])).toBeNull();
    expect(await among([single], [other])).toBeNull();
    expect(await among([single])).toEqual({ since: new Date(earlier), rest: [other] });
    expect(await among([single, second])).toEqual({ since: new Date(later), rest: [] });
    expect(await among([all, single])).toEqual({ since: new Date(later), rest: [] });
    expect(await among([all, single], [one])).toEqual({ since: new Date(earlier), rest: [] });
  });

  it('is believed only as the keystore signed it, of whom it is shown as', async () => {
    const { pins } = keystore;
    const single = await signed(one, earlier);
    expect(await checkRestrictions([single], null, pins)).toHaveLength(1);
    const moved = { ...single, payload: { ...single.payload, object: other } };
    const others = await signed(one, earlier, patientId.parse(randomId()));
    const untrue = { name: 'EvidenceFault', code: 'statement' };
    await expect(checkRestrictions([single, moved], patient, pins)).rejects.toMatchObject(untrue);
    await expect(checkRestrictions([others], patient, pins)).rejects.toMatchObject(untrue);
    const elsewhere = { ...pins, clinic: clinicId.parse(randomId()) };
    await expect(checkRestrictions([single], patient, elsewhere)).rejects.toMatchObject(untrue);
  });
});
