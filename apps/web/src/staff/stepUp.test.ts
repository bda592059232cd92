import type { ErrorCode } from '@sotto/protocol/errors';
import { beforeEach, expect, it, vi } from 'vitest';
import { ClinicFault } from '../clinic/errors.ts';
import { PasskeyFault } from '../keystore/errors.ts';
import { change } from './stepUp.ts';

const { tell, signInByPasskey } = vi.hoisted(() => ({ tell: vi.fn(), signInByPasskey: vi.fn() }));
vi.mock('../clinic/clinicRequest.ts', () => ({ tell }));
vi.mock('../clinic/clinicApi.ts', () => ({
  readConfig: () => Promise.resolve({ clinic: { id: 'the clinic' } }),
  readSession: () => Promise.resolve({ staff: { id: 'whose page it is' } }),
}));
vi.mock('./passkeySignIn.ts', () => ({ signInByPasskey }));

const request = { method: 'DELETE', path: '/api/people/a/roles/nurse' } as const;
const refused = (code: ErrorCode) => new ClinicFault(code);

beforeEach(() => vi.resetAllMocks());

it('asks for no passkey where none is wanted, nor where it wouldn’t help', async () => {
  await change(request);
  tell.mockRejectedValueOnce(refused('forbidden'));
  await expect(change(request)).rejects.toMatchObject({ code: 'forbidden' });
  expect(tell).toHaveBeenCalledTimes(2);
  expect(signInByPasskey).not.toHaveBeenCalled();
});

it('asks for the passkey of whose page it is, and does it then', async () => {
  tell.mockRejectedValueOnce(refused('stepUp'));
  await change(request);
  expect(signInByPasskey).toHaveBeenCalledExactlyOnceWith('the clinic', 'whose page it is');
  expect(tell.mock.calls).toEqual([[request], [request]]);
});

it('does nothing where the passkey isn’t shown, and asks once only', async () => {
  tell.mockRejectedValueOnce(refused('stepUp'));
  signInByPasskey.mockRejectedValueOnce(new PasskeyFault('cancelled'));
  await expect(change(request)).rejects.toMatchObject({ code: 'cancelled' });
  expect(tell).toHaveBeenCalledTimes(1);
  tell.mockRejectedValue(refused('stepUp'));
  await expect(change(request)).rejects.toMatchObject({ code: 'stepUp' });
  expect(signInByPasskey).toHaveBeenCalledTimes(2);
});
