'use client';

import type { StaffPerson } from '@sotto/protocol/people';
import type { PolicyAnswer } from '@sotto/protocol/policyQuestion';
import { Check, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useRoleName } from '../staff/useRoleName.ts';
import { useLimitWords } from './useLimitWords.ts';

interface MayAnswerProps {
  answer: PolicyAnswer;
  person: StaffPerson;
  timeZone: string;
}

/** Yes or no, then what each role comes to: the rules that decided in plain words, and the role's limits. */
export function MayAnswer({ answer, person, timeZone }: MayAnswerProps) {
  const t = useTranslations('staffPeople.question');
  const { may, isDisabled, roles } = answer;
  const Icon = may ? Check : X;
  return (
    <div role="status" className="flex flex-col gap-3 border-t border-line pt-4">
      <p className="flex items-center gap-2.5 text-lg font-semibold">
        <Icon aria-hidden className={`size-6 shrink-0 ${may ? 'text-accent' : 'text-danger'}`} />
        {t(may ? 'yes' : 'no', { name: person.name })}
      </p>
      {isDisabled ? <p>{t('disabled')}</p> : null}
      {roles.length === 0 ? <p>{t('noRole')}</p> : null}
      <ul className="flex flex-col gap-2 empty:hidden">
        {roles.map((one) => (
          <RoleVerdict key={one.id} {...{ one, person, timeZone }} />
        ))}
      </ul>
    </div>
  );
}

interface RoleVerdictProps extends Pick<MayAnswerProps, 'person' | 'timeZone'> {
  one: PolicyAnswer['roles'][number];
}

function RoleVerdict({ one, person, timeZone }: RoleVerdictProps) {
  const t = useTranslations('staffPeople.question');
  const policy = useTranslations('staffPeople.policy');
  const roleName = useRoleName();
  const words = useLimitWords(timeZone);
  const held = person.roles.find(({ id }) => id === one.id);
  const limits = held ? words(held) : [];
  return (
    <li className="flex flex-col gap-1 rounded-md bg-sunken px-3 py-2.5">
      <p className="font-medium">{t(`outcome.${one.outcome}`, { role: roleName(one.role) })}</p>
      {one.by.map((id) => (
        <p key={id} className="text-ink-soft">
          {policy.has(id as Parameters<typeof policy>[0]) ? policy(id as Parameters<typeof policy>[0]) : null}{' '}
          <span className="text-sm whitespace-nowrap">({t('rule', { id })})</span>
        </p>
      ))}
      {limits.length > 0 ? (
        <p className="text-sm text-ink-soft tabular-nums">{t('limits', { limits: limits.join(' · ') })}</p>
      ) : null}
    </li>
  );
}
