import type { EntryDraft } from '@sotto/audit';
import { containedResource } from '@sotto/protocol/containment';
import type { PatientId } from '@sotto/protocol/ids';
import type { Act } from '@sotto/protocol/keystore';
import type { Transaction } from '@sotto/service/postgres';
import { toBase64url } from '../bytes.ts';
import { restrictionActions } from '../keys/restricted.ts';
import {
  liftRestriction,
  restrict,
  restrictedPayload,
  restrictedResource,
  restrictionLiftedPayload,
} from '../keys/restriction.ts';
import { type ShreddedPayload, setHold, shred, shreddedPayload } from '../keys/shredding.ts';
import type { KeystoreContext } from '../keystoreContext.ts';
import type { Notice } from '../notices.ts';
import { containmentActions, containmentRefusal } from '../release/containment.ts';
import { type LazyStatement, payloadHash } from '../statement.ts';
import { hashAct } from './act.ts';
import { clinicianPayload, enrol, replace, revocationPayload, revoke } from './enrolment.ts';
import { enrolPatient, patientKeyPayload, patientRevocationPayload, revokePatient } from './patientCredential.ts';

interface Payload {
  readonly type: string;
}

/** What is to be done, and what the log and others get of it. The same act at the same time gives the same plan. */
export interface Plan {
  /** Null for a legal hold and a containment, which the log alone has. Signed where it is done, and nowhere else. */
  readonly statement: LazyStatement<unknown> | null;
  /** For the shred journal; null where nothing is shredded. */
  readonly receipt: LazyStatement<ShreddedPayload> | null;
  readonly entry: Pick<EntryDraft, 'action' | 'resource' | 'patient' | 'after'>;
  /** What officers are to be told of it, if anything. */
  readonly told: Pick<Notice, 'kind' | 'subject' | 'pseudonym'> | null;
  /** @returns why it can't be, having changed nothing, or null once it is done */
  apply(transaction: Transaction): Promise<string | null>;
}

/**
 * @param newcomerCounter the counter of the key that is enrolled
 * @param role of those who sign
 */
export function planOf(
  context: KeystoreContext,
  act: Act,
  { newcomerCounter, role, at }: { newcomerCounter: number; role: string; at: Date },
): Plan {
  const signer = act.by[0] ?? null;
  const signing =
    <P extends Payload>(payload: P): LazyStatement<P> =>
    () =>
      context.statements.sign(payload);
  const aboutPatient = (pseudonym: PatientId, action: string, payload: Payload) => ({
    ...{ statement: signing(payload), receipt: null },
    entry: { action, resource: `patient:${pseudonym}`, patient: pseudonym, after: payloadHash(payload) },
  });
  const aboutClinician = (subject: string, action: string, payload: Payload) => ({
    ...{ statement: signing(payload), receipt: null },
    entry: { action, resource: `clinician:${subject}`, patient: null, after: payloadHash(payload) },
  });
  switch (act.action) {
    case 'enrol':
    case 'replace': {
      const about = aboutClinician(act.entry.subject, `clinician.${act.action}`, clinicianPayload(context, act, at));
      const enrolment = { entry: act.entry, statement: about.statement, counter: newcomerCounter, at };
      return {
        ...about,
        told: { kind: 'enrolment', subject: act.entry.subject, pseudonym: null },
        apply: (transaction) =>
          act.action === 'enrol' ? enrol(transaction, act.by.length, enrolment) : replace(transaction, enrolment),
      };
    }
    case 'revoke': {
      const about = aboutClinician(act.subject, 'clinician.revoke', revocationPayload(context, act, at));
      return {
        ...about,
        told: { kind: 'revocation', subject: signer, pseudonym: null },
        apply: (transaction) => revoke(context, transaction, act, about.statement, at),
      };
    }
    case 'enrolPatient':
    case 'assist': {
      const { pseudonym } = act.entry;
      const isAssisted = act.action === 'assist';
      const action = isAssisted ? 'patientCredential.assist' : 'patientCredential.enrol';
      const about = aboutPatient(pseudonym, action, patientKeyPayload(context, act, at));
      const { statement } = about;
      return {
        ...about,
        told: { kind: isAssisted ? 'assist' : 'patientKey', subject: signer, pseudonym },
        apply: (transaction) => enrolPatient(context, transaction, act, { statement, counter: newcomerCounter, at }),
      };
    }
    case 'revokePatient': {
      const payload = patientRevocationPayload(context, act, at);
      const about = aboutPatient(act.pseudonym, 'patientCredential.revoke', payload);
      const { statement } = about;
      return {
        ...about,
        told: null,
        apply: (transaction) => revokePatient(context, transaction, act, { statement, role, at }),
      };
    }
    case 'shred': {
      const payload = shreddedPayload(context, act, at);
      const receipt = signing(payload);
      const resource = act.object === null ? `patient:${act.pseudonym}` : `object:${act.object}`;
      const after = payloadHash(payload);
      return {
        ...{ statement: receipt, receipt },
        told: { kind: 'shred', subject: signer, pseudonym: act.pseudonym },
        entry: { action: 'key.shred', resource, patient: act.pseudonym, after },
        apply: (transaction) => shred(transaction, act, receipt, at),
      };
    }
    case 'restrict': {
      const payload = restrictedPayload(context, act, at);
      const { pseudonym } = act;
      const statement = signing(payload);
      const after = payloadHash(payload);
      return {
        ...{ statement, receipt: null },
        told: { kind: 'restriction', subject: signer, pseudonym },
        entry: { action: restrictionActions.place, resource: restrictedResource(act), patient: pseudonym, after },
        apply: (transaction) => restrict(context, transaction, act, statement, at),
      };
    }
    case 'liftRestriction': {
      const payload = restrictionLiftedPayload(context, act, at);
      const { pseudonym } = act;
      const statement = signing(payload);
      const after = payloadHash(payload);
      return {
        ...{ statement, receipt: null },
        told: { kind: 'restrictionLifted', subject: signer, pseudonym },
        entry: { action: restrictionActions.lift, resource: restrictedResource(act), patient: pseudonym, after },
        apply: (transaction) => liftRestriction(context, transaction, act, statement),
      };
    }
    case 'contain':
    case 'liftContainment': {
      const isPlaced = act.action === 'contain';
      const { clinic } = context;
      const about = { resource: containedResource(clinic, act.whom), patient: null, after: toBase64url(hashAct(act)) };
      return {
        ...{ statement: null, receipt: null, told: null },
        entry: { ...about, action: isPlaced ? containmentActions.place : containmentActions.lift },
        apply: (transaction) => containmentRefusal({ database: transaction, clinic }, act),
      };
    }
    case 'hold':
    case 'liftHold': {
      const isHold = act.action === 'hold';
      const resource = `patient:${act.pseudonym}`;
      const after = toBase64url(hashAct(act));
      return {
        ...{ statement: null, receipt: null, told: null },
        entry: { action: isHold ? 'legalHold.place' : 'legalHold.lift', resource, patient: act.pseudonym, after },
        apply: (transaction) => setHold(transaction, act.pseudonym, isHold, at),
      };
    }
  }
}
