import type { ConsentEvidence } from '@sotto/protocol/consent';
import type { TokenVerifier } from '@sotto/protocol/credential';
import { type ObjectId, type PatientId, patientId, visitId } from '@sotto/protocol/ids';
import type { Bytes } from '../src/bytes.ts';
import { newId } from '../src/ids.ts';
import { mintObject } from '../src/keys/objectKeys.ts';
import { type RegistrationOutcome, registerObject } from '../src/keys/registration.ts';
import type { KeystoreContext } from '../src/keystoreContext.ts';
import { ConsentedVisit } from './consented.ts';
import { Identity } from './identities.ts';
import { Installation } from './installation.ts';
import { type Passkey, party } from './passkey.ts';
import { People } from './people.ts';
import { manifestOf, signerOf } from './sealing.ts';

/** An object that was handed in, and whose it is. */
export interface HandedInObject {
  readonly object: ObjectId;
  readonly pseudonym: PatientId;
}

/** A keystore of a clinic, a physician, and whoever signs credentials: where objects are handed in. */
export class Registering {
  readonly installation: Installation;
  readonly context: KeystoreContext;
  readonly people: People;
  readonly physician: Passkey;
  readonly identity: Identity;
  readonly #identities: TokenVerifier;

  private constructor(
    {
      installation,
      context,
      people,
      physician,
      identity,
    }: Pick<Registering, 'installation' | 'context' | 'people' | 'physician' | 'identity'>,
    identities: TokenVerifier,
  ) {
    this.installation = installation;
    this.context = context;
    this.people = people;
    this.physician = physician;
    this.identity = identity;
    this.#identities = identities;
  }

  static async start(): Promise<Registering> {
    const installation = await Installation.start();
    const context = await installation.open();
    const people = await People.with(installation, context);
    const identity = new Identity();
    const physician = await people.physician();
    const given = { installation, context, people, physician, identity };
    return new Registering(given, await identity.verifier(installation.clinic));
  }

  /** @param context of another process over the same installation, or by another clock */
  register(
    object: ObjectId,
    manifest: Bytes,
    evidence: ConsentEvidence | null = null,
    context: KeystoreContext = this.context,
  ): Promise<RegistrationOutcome> {
    return registerObject(context, { party, identities: this.#identities }, { object, manifest, evidence });
  }

  /** Something of a new patient's that was handed in now. @throws if it isn't taken */
  async handedIn(kind: 'recording' | 'note', pseudonym = newId(patientId)): Promise<HandedInObject> {
    const { context, identity, physician } = this;
    const visit = newId(visitId);
    const { statement } = await mintObject(context, { pseudonym, visit });
    const { object } = statement.payload;
    const recorded = new ConsentedVisit(context, identity, visit);
    const evidence = kind === 'recording' ? await recorded.evidence(physician) : null;
    const manifest =
      evidence === null
        ? await manifestOf(statement, signerOf(physician))
        : await recorded.manifest(statement, evidence);
    const outcome = await this.register(object, manifest, evidence);
    if (outcome.tag === 'refused') throw new Error(outcome.code);
    return { object, pseudonym };
  }

  remove(): Promise<void> {
    return this.installation.remove();
  }
}

/** What is told of what isn't taken. */
export const refused = (code: string) => ({ tag: 'refused', code });
