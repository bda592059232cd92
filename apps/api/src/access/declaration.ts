import type { purposes } from '@sotto/protocol/keystore';
import type { PhiRoute } from '@sotto/protocol/phi';
import type { PlatformAction } from '@sotto/protocol/platformLog';
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
  | 'patient:find'
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
  | 'people:resetSignIn'
  | 'policy:ask'
  | 'incident:read'
  | 'incident:open'
  | 'incident:step'
  | 'incident:disable'
  | 'portal:read'
  | 'portal:notices'
  | 'portal:sessions';

/**
 * What a route leaves in the platform's log where it does what is asked (infra/docs/decisions/platform-log.md).
 *
 * - `answer`: one entry before the answer goes out
 * - `again`: as `answer`, but not while an open page asks for the same again
 * - `act`: one entry in the transaction that acts; an act without one is never answered
 * - `before`: one entry before anything is asked of another system, and a second if nothing comes of it
 * - `elsewhere`: none, and why; a refusal is an entry all the same
 */
export type Recorded = 'answer' | 'again' | 'act' | 'before' | { readonly elsewhere: string };

/** What a route leaves that says nothing else. */
export const defaultRecorded = (method: string): Recorded => (method === 'GET' ? 'answer' : 'act');

/** What a route that anybody may call leaves in the platform's log. */
export interface OpenAct {
  readonly entry: PlatformAction;
  readonly recorded: Recorded;
  /** Who does it: whoever has a session of staff, and then nothing is recorded without one; or who the handler says. */
  readonly by: 'holder' | 'handler';
}

/** A route that anybody may call. */
export interface PublicAccess {
  /** Why, in a sentence. */
  readonly public: string;
  /** What it does to people or patients; or why nothing is recorded of it, in a sentence. */
  readonly open: OpenAct | { readonly silent: string };
}

/** What a route under `/api/phi/` says besides: it carries a patient's content, and takes an intent each time. */
export interface PhiDeclaration {
  readonly route: PhiRoute;
  /** What it may be done for; by a patient at their own request alone. */
  readonly purposes: readonly (keyof typeof purposes)[];
  /** What the entry of its intent is called. */
  readonly intent: PlatformAction;
}

/** A route that the policies decide about, before its handler runs. */
export interface DecidedAccess {
  readonly action: ApiAction;
  readonly resource: ResourceOf;
  /** Whose sessions it is for. */
  readonly sessions: readonly [SessionKind, ...SessionKind[]];
  /** Whether what is passed on to the keystore says that it is for an emergency; no request does where it isn't told. */
  readonly declaresEmergency?: (request: Pick<FastifyRequest, 'body'>) => boolean;
  /** What one person may ask of it, taken before anything is recorded or begun. */
  readonly limit?: 'uploads' | 'parts' | 'readings' | 'intents' | 'lookups';
  /** Unless told: `answer` of what only reads, `act` of everything else. */
  readonly recorded?: Recorded;
  /** What its entry calls it, where that says more than the policies' action. */
  readonly entry?: PlatformAction;
  /**
   * Which locked sessions may all the same; none where it isn't told. `live`: whose holder has a live visit that this is done
   * to or was begun for (`isLiveFor`).
   */
  readonly whileLocked?: 'live' | 'always';
  readonly phi?: PhiDeclaration;
}

/** A route that carries a patient's content. */
export type PhiAccess = DecidedAccess & { readonly phi: PhiDeclaration };

/** A route that asks leave for what another one will do: decided, and locked out, as that one. */
export interface LeaveAccess {
  readonly leaveFor: (request: FastifyRequest) => DecidedAccess;
  readonly sessions: DecidedAccess['sessions'];
  readonly recorded: 'answer';
}

/** Who may call a route: declared in its `config`, beside its schema. */
export type Access = PublicAccess | DecidedAccess | LeaveAccess;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A route without it doesn't start. */
    readonly access?: Access;
  }
}
