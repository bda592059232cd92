import { expect, it } from 'vitest';
import { readReceipt, receiptFile } from './receipt.ts';

const payload = {
  ...{ type: 'sotto/shredded/v1', clinic: 'c', pseudonym: 'p', object: null, shreddedBy: ['a', 'b'] },
  ...{ shreddedAt: '2031-05-06T07:08:09.000Z', backupsExpireAt: '2031-06-10T07:08:09.000Z' },
};

it('is read from the keystore’s statement, and from no other', () => {
  expect(readReceipt({ statement: { payload, signature: 's' } })).toMatchObject({ of: 'shredded', object: null });
  expect(
    readReceipt({ statement: { payload: { ...payload, type: 'sotto/clinician/v1' }, signature: 's' } }),
  ).toBeNull();
  expect(readReceipt({ statement: null })).toBeNull();
});

it('is of a restriction, and of its end, too', () => {
  const { shreddedAt: restrictedAt } = payload;
  const restricted = { type: 'sotto/restricted/v1', object: 'o', restrictedAt };
  expect(readReceipt({ statement: { payload: restricted, signature: 's' } })).toEqual({
    ...{ of: 'restricted', object: 'o', at: new Date(restrictedAt), backupsExpireAt: null },
  });
  const lifted = { type: 'sotto/restriction-lifted/v1', object: null, liftedAt: restrictedAt };
  expect(readReceipt({ statement: { payload: lifted, signature: 's' } })).toMatchObject({ of: 'lifted', object: null });
});

it('is kept with the proof that the log has it', () => {
  const done = { statement: { payload, signature: 's' }, proof: 'line\n100% of it' };
  const [, text = ''] = receiptFile([done]).split(',', 2);
  expect(JSON.parse(decodeURIComponent(text))).toEqual(done);
  const [, both = ''] = receiptFile([done, done]).split(',', 2);
  expect(JSON.parse(decodeURIComponent(both))).toEqual([done, done]);
});
