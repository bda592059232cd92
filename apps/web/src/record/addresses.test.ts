import { objectId } from '@sotto/protocol/ids';
import { describe, expect, it } from 'vitest';
import { parseLogAddress } from '../accessLog/logAddress.ts';
import { parseRecordAddress, recordingRecord } from './recordAddress.ts';

const id = 'AAECAwQFBgcICQoLDA0ODw';

describe('the address of a record', () => {
  it('names a visit, a note or a recording', () => {
    expect(parseRecordAddress(`#visit=${id}`)).toEqual({ of: 'visit', visit: id });
    expect(parseRecordAddress(`object=${id}`)).toEqual({ of: 'object', object: id });
    expect(
      parseRecordAddress(
        recordingRecord([objectId.parse(id), objectId.parse(id)])
          .split('/')
          .at(-1) ?? '',
      ),
    ).toEqual({ of: 'recording', objects: [id, id] });
  });

  it.each([
    '',
    '#',
    `#${id}`,
    '#visit=',
    '#visit=short',
    `#visit=${id}x`,
    `#other=${id}`,
    `#visit=${id}&object=${id}`,
    `#recording=${id}.`,
    '#recording=',
  ])('is none: %s', (fragment) => {
    expect(parseRecordAddress(fragment)).toBeNull();
  });
});

describe('the address of the log', () => {
  it('is a patient’s own, one patient’s, or nobody’s in particular', () => {
    expect(parseLogAddress('#mine')).toEqual({ of: 'mine' });
    expect(parseLogAddress(`#patient=${id}`)).toEqual({ of: 'patient', patient: id });
    expect(parseLogAddress(`#person=${id}`)).toEqual({ of: 'person', person: id });
    expect(parseLogAddress('')).toEqual({ of: 'staff' });
    expect(parseLogAddress('#patient=x')).toEqual({ of: 'staff' });
  });
});
