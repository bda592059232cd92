'use client';

import type { ObjectId, PatientId, StaffId } from '@sotto/protocol/ids';
import { useTranslations } from 'next-intl';
import type { CheckedDirectory } from '../keystore/directory.ts';
import type { Restriction } from '../keystore/restrictions.ts';
import type { PatientKey } from '../portal/patientKeys.ts';
import type { SignWish } from './SignDialog.tsx';
import { secondOf } from './signers.ts';

/** What an officer may sign about one patient, each with what follows from it. */
export function useKeptWishes(pseudonym: PatientId, directory: CheckedDirectory, me: StaffId) {
  const t = useTranslations('kept.wish');
  return {
    hold: (): SignWish => ({
      ...{ matter: { action: 'hold', pseudonym }, newcomer: null, confirmation: null, seconds: null },
      ...{ title: t('hold.title'), points: [t('hold.keeps'), t('hold.lift'), t('recorded')], action: t('hold.action') },
    }),
    liftHold: (): SignWish => ({
      ...{ matter: { action: 'liftHold', pseudonym }, newcomer: null, confirmation: null },
      ...{ title: t('lift.title'), points: [t('lift.then'), t('recordedTwo')], action: t('lift.action') },
      seconds: secondOf(directory, me, 'liftHold'),
    }),
    revoke: ({ credential }: PatientKey): SignWish => ({
      ...{ matter: { action: 'revokePatient', pseudonym, credential, reason: 'lost' }, newcomer: null },
      ...{ confirmation: null, seconds: null, title: t('revoke.title') },
      ...{ points: [t('revoke.then'), t('revoke.notes'), t('recorded')], action: t('revoke.action') },
    }),
    /** @param object null for all of the patient's */
    shred: (object: ObjectId | null): SignWish => ({
      ...{ matter: { action: 'shred', pseudonym, object }, newcomer: null, confirmation: t('shred.word') },
      title: t(object === null ? 'shred.titleAll' : 'shred.titleOne'),
      points: [t(object === null ? 'shred.thenAll' : 'shred.thenOne'), t('shred.backups'), t('recordedTwo')],
      action: t('shred.action'),
      seconds: secondOf(directory, me, 'shred'),
    }),
    /** @param object null for all of the patient's */
    restrict: (object: ObjectId | null): SignWish => ({
      ...{ matter: { action: 'restrict', pseudonym, object }, newcomer: null, confirmation: null },
      title: t(object === null ? 'restrict.titleAll' : 'restrict.titleOne'),
      points: [
        t(object === null ? 'restrict.thenAll' : 'restrict.thenOne'),
        ...[t('restrict.kept'), t('restrict.lift'), t('recordedTwo')],
      ],
      action: t('restrict.action'),
      seconds: secondOf(directory, me, 'restrict'),
    }),
    liftRestriction: ({ object, hash }: Restriction): SignWish => ({
      matter: { action: 'liftRestriction', pseudonym, object, restriction: hash },
      ...{ newcomer: null, confirmation: null, title: t('liftRestriction.title') },
      ...{ points: [t('liftRestriction.then'), t('recordedTwo')], action: t('liftRestriction.action') },
      seconds: secondOf(directory, me, 'liftRestriction'),
    }),
  };
}
