import { type IntentRequest, intentRequest, type PhiRoute, phiRoutes } from '@sotto/protocol/phi';
import type { FastifyRequest, RouteOptions } from 'fastify';
import * as z from 'zod';
import { UndeclaredRouteError } from '../errors.ts';
import type { DecidedAccess, PhiAccess } from './declaration.ts';

const prefix = '/api/phi/';

const isStrict = (body: unknown): boolean => body instanceof z.ZodObject && body.def.catchall instanceof z.ZodNever;

const isPhi = (access: DecidedAccess): access is PhiAccess => access.phi !== undefined;

/** Sessions of whom a browser means; all where it doesn't say, or nobody else may. */
function meantOf(sessions: DecidedAccess['sessions'], as: IntentRequest['as']): DecidedAccess['sessions'] {
  const [first, ...more] = sessions.filter((kind) => (kind === 'staff') === (as === 'staff'));
  return as === undefined || first === undefined ? sessions : [first, ...more];
}

type Declared = Pick<RouteOptions, 'method' | 'url' | 'config' | 'schema' | 'attachValidation'>;

/** The routes that carry clinical content: all under `/api/phi/`, and nothing else there. */
export class PhiRoutes {
  readonly #declared = new Map<PhiRoute, PhiAccess>();

  /**
   * Takes in a route that is under the prefix or says that it should be; others it leaves alone. For `onRoute`.
   *
   * @throws UndeclaredRouteError for one that doesn't say what its intents are bound to, or isn't where they look: such an api doesn't
   *   start
   */
  add(options: Declared): void {
    const { method, url, config, schema } = options;
    const access = config?.access;
    const decided = access !== undefined && 'action' in access && isPhi(access) ? access : null;
    if (!url.startsWith(prefix) && decided === null) return;
    const name = `${[method].flat().join(' ')} ${url}`;
    if (decided === null) throw new UndeclaredRouteError(`${name} doesn't say what it does with clinical content.`);
    const declared = phiRoutes[decided.phi.route];
    if (name !== `${declared.method} ${declared.path}`) {
      throw new UndeclaredRouteError(`${name} isn't where intents look for it.`);
    }
    if (decided.recorded === 'again' || typeof decided.recorded === 'object') {
      throw new UndeclaredRouteError(`${name} doesn't leave an entry each time.`);
    }
    if (method !== 'GET' && !isStrict(schema?.body)) throw new UndeclaredRouteError(`${name} takes more than it says.`);
    // What isn't sealed as the schema has it is refused, and recorded, once it is known who sends it.
    options.attachValidation = true;
    this.#declared.set(decided.phi.route, decided);
  }

  /** @throws UndeclaredRouteError if there are intents for what isn't served */
  assertWhole(): void {
    for (const name of Object.keys(phiRoutes) as PhiRoute[]) this.accessOf(name);
  }

  accessOf(route: PhiRoute): PhiAccess {
    const access = this.#declared.get(route);
    if (access === undefined) throw new UndeclaredRouteError(`${route} isn't served.`);
    return access;
  }

  /** As what a request for an intent is decided: as what it is for. */
  leaveFor(request: FastifyRequest): DecidedAccess {
    const { route, object, as } = intentRequest.parse(request.body);
    const { phi, action, resource, sessions, whileLocked } = this.accessOf(route);
    const { type } = resource;
    return {
      ...{ action, entry: phi.intent, recorded: 'answer', limit: 'intents' },
      ...(whileLocked === undefined ? {} : { whileLocked }),
      sessions: meantOf(sessions, as),
      resource: {
        ...{ type, parameter: null, named: object },
        find: (context, _request, caller) =>
          resource.find(context, { params: { objectId: object }, query: {} }, caller),
      },
    };
  }
}
