import type { ProvenEntry } from '@sotto/audit';
import type { Contained } from '@sotto/protocol/containment';
import type { ClinicId, ObjectId } from '@sotto/protocol/ids';
import type { CredentialId, Nonce, ReleaseRequest, RequestId } from '@sotto/protocol/keystore';
import type { RelyingParty } from '@sotto/service/assertion';
import type { Transaction } from '@sotto/service/postgres';
import type { Bytes } from '../bytes.ts';
import type { Clinician } from '../directory/clinician.ts';
import type { PatientCredential } from '../directory/patientCredential.ts';
import type { HpkeSealed } from '../hpke.ts';
import type { Subject } from '../ids.ts';
import type { StoredObject } from '../keys/objectKeys.ts';
import type { Coverage } from '../log/accessLog.ts';
import type { Notice } from '../notices.ts';
import type { Decision, RecordedRequest } from '../requestLedger.ts';
import type { ContainedOpening } from './heldBack.ts';
import type { Policy } from './policy.ts';

export const twoApproverModes = ['none', 'breakGlass', 'all'] as const;
export type TwoApprovers = (typeof twoApproverModes)[number];

/** What a release is made of, one port a step (SPEC.md section 5). The order is `Releases`'. */
export interface ReleasePorts {
  readonly clinic: ClinicId;
  readonly party: RelyingParty;
  readonly now: () => Date;
  readonly requests: {
    find(id: RequestId): Promise<RecordedRequest | null>;
    record(decision: Decision): Promise<RecordedRequest>;
    /**
     * Whether what was recorded as allowed is refused by now, for good: it was restricted since, or was asked for once
     * while it was. That is logged before it is said.
     */
    isRestrictedSince(
      recorded: RecordedRequest,
      request: ReleaseRequest,
      objects: readonly StoredObject[],
    ): Promise<boolean>;
  };
  readonly nonces: { isAlive(nonce: Nonce, subject: Subject, now: Date): Promise<boolean> };
  readonly directory: {
    find(credential: CredentialId): Promise<Clinician | null>;
    findPatient(credential: CredentialId): Promise<PatientCredential | null>;
  };
  readonly containments: {
    /** Which of these are contained. */
    among(asked: readonly Contained[]): Promise<ReadonlySet<Contained>>;
    /** Why one of them opens nothing at present, by what is recorded. */
    heldBack(transaction: Transaction, opening: ContainedOpening): Promise<'pace' | 'emergencies' | null>;
  };
  readonly notices: { keep(notice: Notice): Promise<void> };
  readonly policy: Policy;
  /** When a second person must sign too. */
  readonly twoApprovers: TwoApprovers;
  readonly log: {
    cover(): Promise<Coverage>;
    unwitnessedSince(): Promise<Date | null>;
    prove(index: number): Promise<ProvenEntry>;
  };
  readonly keys: {
    find(objects: readonly ObjectId[]): Promise<StoredObject[]>;
    /** Whether they are tracks of one recording. */
    areOfOneRecording(objects: readonly StoredObject[]): Promise<boolean>;
    /** Whether the log says that a manifest was handed in: then its row was taken away. */
    wasRegistered(object: StoredObject): Promise<boolean>;
    /** @returns the object's seed; the caller wipes it */
    open(object: StoredObject): Promise<Bytes>;
  };
  seal(seed: Bytes, to: { viewerKey: Bytes; requestHash: Bytes; object: ObjectId }): Promise<HpkeSealed>;
}
