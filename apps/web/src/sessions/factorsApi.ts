import { type FactorProof, newTotp, type PasswordChange, recoveryCodes, secondFactors } from '@sotto/protocol/signIn';
import { queryOptions } from '@tanstack/react-query';
import { ask, tell } from '../clinic/clinicRequest.ts';

/** What somebody has beside their password. Everything throws `ClinicFault`. */

export const factorsQuery = queryOptions({
  queryKey: ['session', 'factors'],
  queryFn: ({ signal }) => ask(secondFactors, { method: 'GET', path: '/api/session/factors', signal }),
});

export const beginTotp = (body: FactorProof) =>
  ask(newTotp, { method: 'POST', path: '/api/session/factors/totp', body });
export const finishTotp = (code: string) =>
  ask(recoveryCodes, { method: 'POST', path: '/api/session/factors/totp/confirmation', body: { code } });
export const endTotp = (body: FactorProof) => tell({ method: 'POST', path: '/api/session/factors/totp/removal', body });
export const renewRecoveryCodes = (body: FactorProof) =>
  ask(recoveryCodes, { method: 'POST', path: '/api/session/factors/recovery-codes', body });
export const changePassword = (body: PasswordChange) => tell({ method: 'POST', path: '/api/session/password', body });
