import { keystoreRefusal } from '@sotto/protocol/keystoreRoutes';
import type * as z from 'zod';
import { type ClinicRequest, refusalOf, send } from '../clinic/clinicRequest.ts';
import { ClinicFault } from '../clinic/errors.ts';
import { KeystoreFault } from './errors.ts';

/** A refusal's body is the keystore's where the keystore refused, and the api's where the api did. */
function faultOf(content: unknown): KeystoreFault | ClinicFault {
  const body = keystoreRefusal.safeParse(content);
  if (!body.success || !isKeystores(content)) return refusalOf(content);
  return new KeystoreFault(body.data.code, body.data.reasons);
}

const isKeystores = (content: unknown): boolean =>
  typeof content === 'object' && content !== null && 'reasons' in content;

async function answered(request: ClinicRequest): Promise<Response> {
  const response = await send(request);
  if (!response.ok) throw faultOf(await response.json().catch(() => null));
  return response;
}

/**
 * One request to the keystore by way of the api, its answer parsed by `schema`.
 * @throws KeystoreFault, ClinicFault
 */
export async function askKeystore<S extends z.ZodType>(schema: S, request: ClinicRequest): Promise<z.infer<S>> {
  const response = await answered(request);
  const parsed = schema.safeParse(await response.json().catch(() => null));
  if (!parsed.success) throw new ClinicFault('unreachable');
  return parsed.data;
}

/**
 * One request whose answer carries nothing.
 * @throws KeystoreFault, ClinicFault
 */
export async function tellKeystore(request: ClinicRequest): Promise<void> {
  await answered(request);
}
