import type { EntryDraft } from '@sotto/audit';
import type { PatientId } from '@sotto/protocol/ids';
import type { Act } from '@sotto/protocol/keystore';
import { toBase64url } from '../bytes.ts';
import type { Transaction } from '../database/database.ts';
import { type ShreddedPayload, setHold, shred, shreddedStatement } from '../keys/shredding.ts';
import type { KeystoreContext } from '../keystoreContext.ts';
import type { Notice } from '../notices.ts';
import { payloadHash, type Statement } from '../statement.ts';
import { hashAct } from './act.ts';
import { clinicianStatement, enrol, replace, revocationStatement, revoke } from './enrolment.ts';
import { enrolPatient, patientKeyStatement, patientRevocationStatement, revokePatient } from './patientCredential.ts';

/** What is to be done, and what the log and others get of it. The same act at the same time gives the same plan. */
export interface Plan {
  readonly statement: Statement<unknown> | null;
  /** For the shred journal; null where nothing is shredded. */
  readonly receipt: Statement<ShreddedPayload> | null;
  readonly entry: Pick<EntryDraft, 'action' | 'resource' | 'patient' | 'after'>;
  /** What officers are to be told of it, if anything. */
  readonly told: Pick<Notice, 'kind' | 'pseudonym'> | null;
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
  const aboutPatient = (pseudonym: PatientId, action: string, statement: Statement<unknown>) => ({
    ...{ statement, receipt: null },
    entry: { action, resource: `patient:${pseudonym}`, patient: pseudonym, after: payloadHash(statement.payload) },
  });
  const aboutClinician = (subject: string, action: string, statement: Statement<unknown>) => ({
    ...{ statement, receipt: null },
    entry: { action, resource: `clinician:${subject}`, patient: null, after: payloadHash(statement.payload) },
  });
  switch (act.action) {
    case 'enrol':
    case 'replace': {
      const statement = clinicianStatement(context, act, at);
      const enrolment = { entry: act.entry, statement, counter: newcomerCounter, at };
      return {
        ...aboutClinician(act.entry.subject, `clinician.${act.action}`, statement),
        told: { kind: 'enrolment', pseudonym: null },
        apply: (transaction) =>
          act.action === 'enrol' ? enrol(transaction, act.by.length, enrolment) : replace(transaction, enrolment),
      };
    }
    case 'revoke': {
      const statement = revocationStatement(context, act, at);
      return {
        ...aboutClinician(act.subject, 'clinician.revoke', statement),
        told: { kind: 'revocation', pseudonym: null },
        apply: (transaction) => revoke(context, transaction, act, statement, at),
      };
    }
    case 'enrolPatient':
    case 'assist': {
      const statement = patientKeyStatement(context, act, at);
      const { pseudonym } = act.entry;
      const isAssisted = act.action === 'assist';
      return {
        ...aboutPatient(pseudonym, isAssisted ? 'patientCredential.assist' : 'patientCredential.enrol', statement),
        told: isAssisted ? { kind: 'assist', pseudonym } : null,
        apply: (transaction) => enrolPatient(transaction, act, { statement, counter: newcomerCounter, at }),
      };
    }
    case 'revokePatient': {
      const statement = patientRevocationStatement(context, act, at);
      return {
        ...aboutPatient(act.pseudonym, 'patientCredential.revoke', statement),
        told: null,
        apply: (transaction) => revokePatient(context, transaction, act, { statement, role, at }),
      };
    }
    case 'shred': {
      const receipt = shreddedStatement(context, act, at);
      const resource = act.object === null ? `patient:${act.pseudonym}` : `object:${act.object}`;
      const after = payloadHash(receipt.payload);
      return {
        ...{ statement: receipt, receipt },
        told: { kind: 'shred', pseudonym: act.pseudonym },
        entry: { action: 'key.shred', resource, patient: act.pseudonym, after },
        apply: (transaction) => shred(transaction, act, receipt, at),
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
