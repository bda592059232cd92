import type { Resource } from '@sotto/policy';
import type { FastifyRequest } from 'fastify';
import type { Caller } from '../access/caller.ts';
import { type DecidedAccess, defaultRecorded, type OpenAct, type Recorded } from '../access/declaration.ts';
import type { SessionHolder } from '../staffSession.ts';
import { viewerOf } from '../viewer.ts';
import { type Act, type Actor, actOf, roleWord } from './act.ts';

/** What a request is about, as its entry will say, where nobody says more. */
export interface Asked {
  readonly actor: Actor;
  readonly act: Act;
  readonly recorded: Recorded;
  /** Path and query without what is new each time: two lists of one thing, or two pages of a list, are two readings. */
  readonly page: string;
}

function pageOf({ url }: Pick<FastifyRequest, 'url'>): string {
  const { pathname, searchParams } = new URL(url, 'https://api.invalid');
  searchParams.delete('nonce');
  return `${pathname}?${searchParams.toString()}`;
}

const names: Record<Resource['type'], string> = {
  ...{ Clinic: 'clinic', Visit: 'visit', Object: 'object', Patient: 'patient', Account: 'account', AccessLog: 'log' },
};

/** Which of its kind, by the clinic's records; null for what there is one of. */
function idOf(resource: Resource): string | null {
  switch (resource.type) {
    case 'Visit':
    case 'Object':
      return resource.id;
    case 'Patient':
      return resource.patient.id;
    case 'Account':
      return resource.staff;
    case 'AccessLog':
    case 'Clinic':
      return null;
  }
}

/** A part of the path, which the route's schema has checked; null where the path has none. */
function partOf({ params }: Pick<FastifyRequest, 'params'>, parameter: string | null): string | null {
  if (parameter === null || typeof params !== 'object' || params === null) return null;
  const found: unknown = Object.entries(params).find(([name]) => name === parameter)?.[1];
  return typeof found === 'string' ? found : null;
}

const patientOf = (resource: Resource | null): Act['patient'] =>
  resource !== null && 'patient' in resource ? resource.patient.id : null;

/** @param resource null where there is none such in the clinic */
export function askedOf(
  request: FastifyRequest,
  { action, entry = action, resource: of, recorded }: DecidedAccess,
  { person, sessionId }: Caller,
  { resource, roles }: { readonly resource: Resource | null; readonly roles: readonly string[] },
): Asked {
  const id = resource === null ? (of.named ?? partOf(request, of.parameter)) : idOf(resource);
  return {
    actor: {
      ...viewerOf(request),
      ...{ actor: person.id, role: person.kind === 'staff' ? roleWord(roles) : person.kind, session: sessionId },
    },
    act: actOf({ action: entry, resource: resourceName(of.type, id), patient: patientOf(resource) }),
    recorded: recorded ?? defaultRecorded(request.method),
    page: pageOf(request),
  };
}

/** Such as `visit:` and its id. */
const resourceName = (type: Resource['type'], id: string | null): string =>
  id === null ? names[type] : `${names[type]}:${id}`;

/**
 * Of a route that no policy decides about.
 *
 * @param holder whose session it is; null where nobody is known to have one
 */
export const askedOpenly = (
  request: FastifyRequest,
  { entry, recorded }: OpenAct,
  holder: Pick<SessionHolder, 'id' | 'session'> | null,
): Asked => ({
  actor: {
    ...viewerOf(request),
    ...(holder === null
      ? { actor: 'nobody', role: 'none', session: null }
      : { actor: holder.id, role: 'holder', session: holder.session }),
  },
  act: actOf({ action: entry, resource: holder === null ? 'clinic' : `account:${holder.id}` }),
  recorded,
  page: pageOf(request),
});
