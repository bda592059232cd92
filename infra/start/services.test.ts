import { describe, expect, it } from 'vitest';
import { keystoreWishes } from './services.ts';

describe('what the operator wishes of the keystore', () => {
  it('has how long recordings are kept and when they are deleted, and nothing by a name of the api’s', () => {
    const set = { KEYSTORE_RECORDING_DELETE_DAYS: '3650', API_RECORDING_RETENTION_DAYS: '1825', API_PORT: '1' };
    expect(keystoreWishes(set)).toEqual({
      KEYSTORE_RECORDING_DELETE_DAYS: '3650',
      KEYSTORE_RECORDING_RETENTION_DAYS: '1825',
    });
  });

  it('is nothing where nothing is set', () => {
    expect(keystoreWishes({ API_RECORDING_RETENTION_DAYS: '', KEYSTORE_TWO_APPROVERS: '' })).toEqual({});
  });
});
