import type { FastifyRequest } from 'fastify';
import type { SessionKind } from './caller.ts';
import type { ResourceOf } from './resource.ts';

/** What the api's routes ask of the policies (packages/policy, schema.cedarschema). */
export type ApiAction =
  | 'visit:read'
  | 'visit:schedule'
  | 'visit:join'
  | 'visit:host'
  | 'visit:invite'
  | 'visit:end'
  | 'object:write'
  | 'object:list'
  | 'object:store'
  | 'object:fetch'
  | 'relay:nonce'
  | 'relay:enrol'
  | 'relay:release'
  | 'relay:close'
  | 'relay:act'
  | 'directory:read'
  | 'directory:waiting'
  | 'log:read'
  | 'kept:holds'
  | 'kept:restrictions'
  | 'kept:notices'
  | 'kept:outbox'
  | 'kept:read'
  | 'people:read'
  | 'people:giveRole'
  | 'people:endRole'
  | 'people:invite'
  | 'people:disable'
  | 'people:enable'
  | 'policy:ask'
  | 'incident:read'
  | 'incident:act'
  | 'portal:read'
  | 'portal:notices';

/** A route that anybody may call. */
export interface PublicAccess {
  /** Why, in a sentence. */
  readonly public: string;
}

/** A route that the policies decide about, before its handler runs. */
export interface DecidedAccess {
  readonly action: ApiAction;
  readonly resource: ResourceOf;
  /** Whose sessions it is for. */
  readonly sessions: readonly [SessionKind, ...SessionKind[]];
  /** Whether what is passed on to the keystore says that it is for an emergency; no request does where it isn't told. */
  readonly declaresEmergency?: (request: Pick<FastifyRequest, 'body'>) => boolean;
}

/** Who may call a route: declared in its `config`, beside its schema. */
export type Access = PublicAccess | DecidedAccess;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A route without it doesn't start. */
    readonly access?: Access;
  }
}
