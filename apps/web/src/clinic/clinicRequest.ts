import { errorBody } from '@sotto/protocol/errors';
import type * as z from 'zod';
import { ClinicFault } from './errors.ts';

export interface ClinicRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the page's own origin; ids in it are opaque. */
  path: string;
  body?: unknown;
  /** Besides the type of the body. */
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Whether it goes out also when the page is left; the body is 64 KB at most then. */
  keepalive?: boolean;
}

/** @throws ClinicFault `unreachable` when there is no answer at all */
export async function send({
  method,
  path,
  body,
  headers = {},
  signal,
  keepalive = false,
}: ClinicRequest): Promise<Response> {
  const content =
    body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  try {
    return await fetch(path, {
      method,
      credentials: 'same-origin',
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
      redirect: 'error',
      keepalive,
      ...content,
      headers: { ...content.headers, ...headers },
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ClinicFault('unreachable');
  }
}

async function jsonOf(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    throw new ClinicFault('unreachable');
  }
}

/** The clinic's own refusal, of a body that was read. */
export function refusalOf(content: unknown): ClinicFault {
  const body = errorBody.safeParse(content);
  return new ClinicFault(body.success ? body.data.code : 'unreachable');
}

const refusal = async (response: Response): Promise<ClinicFault> => refusalOf(await response.json().catch(() => null));

/**
 * One request to the clinic, its answer parsed by `schema`.
 * @throws ClinicFault
 */
export async function ask<S extends z.ZodType>(schema: S, request: ClinicRequest): Promise<z.infer<S>> {
  const response = await send(request);
  if (!response.ok) throw await refusal(response);
  const parsed = schema.safeParse(await jsonOf(response));
  if (!parsed.success) throw new ClinicFault('unreachable');
  return parsed.data;
}

/**
 * One request whose answer carries nothing.
 * @throws ClinicFault
 */
export async function tell(request: ClinicRequest): Promise<void> {
  const response = await send(request);
  if (!response.ok) throw await refusal(response);
}
