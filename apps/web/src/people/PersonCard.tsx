'use client';

import type { HeldRole, StaffPerson } from '@sotto/protocol/people';
import { useTranslations } from 'next-intl';
import { Badge, type BadgeTone } from '../components/Badge.tsx';
import { Button } from '../components/Button.tsx';
import { useTimes } from '../i18n/useTimes.ts';
import { useRoleName } from '../staff/useRoleName.ts';
import { useLimitWords } from './useLimitWords.ts';

const tones: Record<HeldRole['state'], BadgeTone> = {
  held: 'accent',
  resting: 'danger',
  ahead: 'waiting',
  over: 'neutral',
};

/** What may be done with somebody's roles from here. */
export interface PersonActs {
  onGive: () => void;
  onEnd: (role: HeldRole) => void;
  onHelp: () => void;
  onLetGo: () => void;
  onLetIn: () => void;
}

interface PersonCardProps {
  person: StaffPerson;
  timeZone: string;
  isSelf: boolean;
  /** Null for who only looks. */
  acts: PersonActs | null;
}

/** One person of the staff: the roles that they hold with their limits, and those that are over. */
export function PersonCard({ person, timeZone, isSelf, acts }: PersonCardProps) {
  const t = useTranslations('staffPeople');
  const current = person.roles.filter(({ state }) => state !== 'over');
  const isOut = person.disabledAt !== null || person.suspendedAt !== null;
  const past = person.roles.filter(({ state }) => state === 'over');
  return (
    <li aria-label={person.name} className="flex flex-col gap-3 p-4 sm:p-5">
      <div className="flex flex-wrap items-start justify-between gap-x-5 gap-y-3">
        <div className="min-w-48 flex-1">
          <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <span className="font-semibold break-words">{person.name}</span>
            {isSelf ? <Badge>{t('you')}</Badge> : null}
            {isOut ? <Badge tone="danger">{t(person.disabledAt === null ? 'suspended' : 'disabled')}</Badge> : null}
            {person.isBound ? <Badge>{t('bound')}</Badge> : null}
          </p>
          <p className="text-sm text-ink-soft break-all">{person.email}</p>
        </div>
        {acts && !isSelf ? <AccountButtons person={person} acts={acts} /> : null}
      </div>
      {current.length === 0 && !isOut ? <p className="text-ink-soft">{t('noRoles')}</p> : null}
      <ul className="flex flex-col gap-2 empty:hidden">
        {current.map((role) => (
          <RoleLine key={role.id} {...{ role, timeZone }} onEnd={acts ? () => acts.onEnd(role) : null} />
        ))}
      </ul>
      {past.length > 0 ? <PastRoles roles={past} /> : null}
    </li>
  );
}

function AccountButtons({
  person: { name, disabledAt, suspendedAt },
  acts,
}: {
  person: StaffPerson;
  acts: PersonActs;
}) {
  const t = useTranslations('staffPeople');
  const letGo = (
    <Button look="dangerQuiet" size="small" onPress={acts.onLetGo} aria-label={t('letGo.of', { name })}>
      {t('letGo.open')}
    </Button>
  );
  if (disabledAt !== null) {
    return (
      <div className="flex flex-wrap gap-3">
        <Button look="secondary" size="small" onPress={acts.onLetIn} aria-label={t('letIn.of', { name })}>
          {t('letIn.open')}
        </Button>
        {suspendedAt === null ? null : letGo}
      </div>
    );
  }
  return (
    <div className="flex flex-wrap gap-3">
      <Button look="secondary" size="small" onPress={acts.onGive} aria-label={t('give.of', { name })}>
        {t('give.open')}
      </Button>
      <Button look="quiet" size="small" onPress={acts.onHelp} aria-label={t('help.of', { name })}>
        {t('help.open')}
      </Button>
      {letGo}
    </div>
  );
}

interface RoleLineProps {
  role: HeldRole;
  timeZone: string;
  onEnd: (() => void) | null;
}

function RoleLine({ role, timeZone, onEnd }: RoleLineProps) {
  const t = useTranslations('staffPeople');
  const roleName = useRoleName();
  const limits = useLimitWords(timeZone)(role);
  const lifted = role.liftedBy.map(roleName).join(', ');
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-5 gap-y-2 rounded-md bg-sunken px-3 py-2.5">
      <div className="min-w-0 flex-1 basis-56">
        <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <span className="font-medium">{roleName(role.role)}</span>
          {role.state === 'held' ? null : <Badge tone={tones[role.state]}>{t(`state.${role.state}`)}</Badge>}
        </p>
        <p className="text-sm text-ink-soft tabular-nums">
          {limits.length === 0 ? t('limits.none') : limits.join(' · ')}
        </p>
        {role.liftedBy.length > 0 ? (
          <p className="mt-1 text-sm font-medium text-waiting">{t('lifted', { roles: lifted })}</p>
        ) : null}
      </div>
      {onEnd ? (
        <Button look="dangerQuiet" size="small" onPress={onEnd} aria-label={t('end.of', { role: roleName(role.role) })}>
          {t('end.open')}
        </Button>
      ) : null}
    </li>
  );
}

function PastRoles({ roles }: { roles: readonly HeldRole[] }) {
  const t = useTranslations('staffPeople');
  const roleName = useRoleName();
  const times = useTimes();
  return (
    <details className="text-sm">
      <summary className="inline-flex min-h-11 cursor-pointer items-center text-accent">
        {t('past', { count: roles.length })}
      </summary>
      <ul className="flex flex-col gap-1 text-ink-soft tabular-nums">
        {roles.map(({ id, role, from, until }) => (
          <li key={id}>
            {t('pastRole', {
              role: roleName(role),
              from: times.stamp(new Date(from)),
              until: times.stamp(new Date(until ?? from)),
            })}
          </li>
        ))}
      </ul>
    </details>
  );
}
