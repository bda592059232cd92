'use client';

import { type StaffRole, staffRoles } from '@sotto/protocol/clinic';
import type { StaffPerson } from '@sotto/protocol/people';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Form } from 'react-aria-components/Form';
import { Button } from '../components/Button.tsx';
import { Dialog } from '../components/Dialog.tsx';
import { Notice } from '../components/Notice.tsx';
import { Select } from '../components/Select.tsx';
import { useRoleName } from '../staff/useRoleName.ts';
import { ActTrouble } from './ActTrouble.tsx';
import { LimitFields } from './LimitFields.tsx';
import { checkLimits, emptyDraft, type LimitProblems, type LimitsDraft } from './limitsDraft.ts';
import { giveRole, peopleQuery } from './peopleApi.ts';

interface GiveRoleDialogProps {
  person: StaffPerson;
  timeZone: string;
  onClose: () => void;
}

/** Gives somebody a role that they don't hold, with its limits. */
export function GiveRoleDialog({ person, timeZone, onClose }: GiveRoleDialogProps) {
  const t = useTranslations('staffPeople.give');
  const roleName = useRoleName();
  const queries = useQueryClient();
  const open = staffRoles.filter((role) => !person.roles.some((one) => one.role === role && one.state !== 'over'));
  const [role, setRole] = useState<StaffRole | undefined>(open[0]);
  const [draft, setDraft] = useState(emptyDraft);
  const [problems, setProblems] = useState<LimitProblems>({});
  const giving = useMutation({
    mutationFn: (wish: Parameters<typeof giveRole>) => giveRole(...wish),
    onSuccess: onClose,
    onSettled: () => queries.invalidateQueries({ queryKey: peopleQuery.queryKey }),
  });
  const change = (changed: Partial<LimitsDraft>) => {
    setDraft({ ...draft, ...changed });
    setProblems({});
  };
  const submit = () => {
    const checked = checkLimits(draft, timeZone, new Date());
    setProblems(checked.tag === 'wrong' ? checked.problems : {});
    if (checked.tag === 'fine' && role !== undefined) giving.mutate([person.id, role, checked.limits]);
  };
  return (
    <Dialog title={t('title', { name: person.name })} isOpen onClose={onClose}>
      {role === undefined ? (
        <Notice>{t('all')}</Notice>
      ) : (
        <Form
          className="flex flex-col gap-5"
          validationBehavior="aria"
          onSubmit={(event) => {
            event.preventDefault();
            submit();
          }}
        >
          <Select
            label={t('role')}
            value={role}
            onChange={(value) => setRole(open.find((one) => one === value))}
            options={open.map((one) => ({ value: one, label: roleName(one) }))}
          />
          <p className="text-sm text-ink-soft">{t(`may.${role}`)}</p>
          <LimitFields draft={draft} problems={problems} timeZone={timeZone} onChange={change} />
          {giving.isError ? <ActTrouble error={giving.error} act="give" /> : null}
          <div className="flex flex-col-reverse gap-3 pt-1 sm:flex-row sm:justify-end">
            <Button look="secondary" onPress={onClose} wide>
              {t('cancel')}
            </Button>
            <Button type="submit" isPending={giving.isPending} wide>
              {t('action')}
            </Button>
          </div>
        </Form>
      )}
    </Dialog>
  );
}
