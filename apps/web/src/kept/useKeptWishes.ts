'use client';

import type { ObjectId, PatientId, StaffId } from '@sotto/protocol/ids';
import { useTranslations } from 'next-intl';
import { useTimes } from '../i18n/useTimes.ts';
import type { CheckedDirectory } from '../keystore/directory.ts';
import { type Restriction, restrictionOfAll } from '../keystore/restrictions.ts';
import type { PatientKey } from '../portal/patientKeys.ts';
import { type KeptThing, restrictionsOf } from './keptThings.ts';
import type { SignWish } from './SignDialog.tsx';
import { secondOf } from './signers.ts';

/** What an officer may sign about one patient, each with what it is of and what follows from it. */
export function useKeptWishes(
  pseudonym: PatientId,
  directory: CheckedDirectory,
  me: StaffId,
  restrictions: readonly Restriction[],
) {
  const t = useTranslations('kept.wish');
  const one = useTranslations('kept.one');
  const times = useTimes();
  const plain = { newcomer: null, confirmation: null };
  const patient = [one('title', { patient: pseudonym })];
  const about = (thing: KeptThing | null, objects: readonly ObjectId[]): readonly string[] =>
    thing === null
      ? [t('everything'), ...patient]
      : [
          `${one(thing.kind, { name: thing.writer.name })}, ${times.stamp(new Date(thing.storedAt))}`,
          ...objects,
          ...patient,
        ];
  /** Each of its objects takes an act of its own. */
  const signatures = ({ length }: { readonly length: number }) =>
    length > 1 ? [t('signatures', { count: length, all: length * 2 })] : [];
  const targets = (thing: KeptThing | null, objects: readonly ObjectId[]) => (thing === null ? [null] : objects);
  return {
    hold: (): SignWish => ({
      ...{ matters: [{ action: 'hold', pseudonym }], ...plain, about: patient, seconds: null },
      ...{ title: t('hold.title'), points: [t('hold.keeps'), t('hold.lift'), t('recorded')], action: t('hold.action') },
    }),
    liftHold: (): SignWish => ({
      ...{ matters: [{ action: 'liftHold', pseudonym }], ...plain, about: patient },
      ...{ title: t('lift.title'), points: [t('lift.then'), t('recordedTwo')], action: t('lift.action') },
      seconds: secondOf(directory, me, 'liftHold'),
    }),
    revoke: ({ credential }: PatientKey): SignWish => ({
      ...{ matters: [{ action: 'revokePatient', pseudonym, credential, reason: 'lost' }], ...plain, about: patient },
      ...{ seconds: null, title: t('revoke.title') },
      ...{ points: [t('revoke.then'), t('revoke.notes'), t('recorded')], action: t('revoke.action') },
    }),
    /** @param thing null for all of the patient's */
    shred: (thing: KeptThing | null): SignWish => {
      const objects = thing?.objects ?? [];
      const which = thing === null ? 'All' : thing.kind === 'recording' ? 'Recording' : 'One';
      return {
        matters: targets(thing, objects).map((object) => ({ action: 'shred', pseudonym, object })),
        ...{ newcomer: null, confirmation: t('shred.word'), about: about(thing, objects) },
        title: t(`shred.title${which}`),
        points: [t(`shred.then${which}`), t('shred.backups'), ...signatures(objects), t('recordedTwo')],
        action: t('shred.action'),
        seconds: secondOf(directory, me, 'shred'),
      };
    },
    /** Restricts what of it isn't yet. @param thing null for all of the patient's */
    restrict: (thing: KeptThing | null): SignWish => {
      const objects = thing === null ? [] : restrictionsOf(thing, restrictions).open;
      const which = thing === null ? 'All' : 'One';
      return {
        matters: targets(thing, objects).map((object) => ({ action: 'restrict', pseudonym, object })),
        ...{ ...plain, about: about(thing, objects), title: t(`restrict.title${which}`) },
        points: [
          t(`restrict.then${which}`),
          ...[t('restrict.kept'), t('restrict.lift'), ...signatures(objects), t('recordedTwo')],
        ],
        action: t('restrict.action'),
        seconds: secondOf(directory, me, 'restrict'),
      };
    },
    /** @param thing null for the restriction of everything */
    liftRestriction: (thing: KeptThing | null): SignWish => {
      const ofAll = restrictionOfAll(restrictions);
      const lifted = restrictions.filter(({ object }) =>
        thing === null ? object === null : object !== null && thing.objects.includes(object),
      );
      const objects = lifted.flatMap(({ object }) => object ?? []);
      const since = new Set(lifted.map((each) => t('liftRestriction.since', { when: times.stamp(each.since) })));
      const stays =
        thing !== null
          ? ofAll !== null && 'allStays'
          : restrictions.some(({ object }) => object !== null) && 'someStay';
      return {
        matters: lifted.map(({ object, hash }) => ({
          ...{ action: 'liftRestriction', pseudonym, object, restriction: hash },
        })),
        ...{ ...plain, about: [...about(thing, objects), ...since], title: t('liftRestriction.title') },
        points: [t(`liftRestriction.${stays || 'then'}`), ...signatures(lifted), t('recordedTwo')],
        action: t('liftRestriction.action'),
        seconds: secondOf(directory, me, 'liftRestriction'),
      };
    },
  };
}
