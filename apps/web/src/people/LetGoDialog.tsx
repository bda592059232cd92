'use client';

import type { StaffPerson } from '@sotto/protocol/people';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { Button } from '../components/Button.tsx';
import { Dialog } from '../components/Dialog.tsx';
import { ActTrouble } from './ActTrouble.tsx';
import { LeftOpen } from './LeftOpen.tsx';
import { disableAccount, enableAccount, peopleQuery } from './peopleApi.ts';

interface AccountDialogProps {
  person: StaffPerson;
  onClose: () => void;
}

/** Lets somebody go in one act, after a question; then says what is left for others to see to. */
export function LetGoDialog({ person, onClose }: AccountDialogProps) {
  const t = useTranslations('staffPeople.letGo');
  const queries = useQueryClient();
  const closing = useMutation({
    mutationFn: () => disableAccount(person.id),
    onSettled: () => queries.invalidateQueries({ queryKey: peopleQuery.queryKey, exact: true }),
  });
  const { name } = person;
  if (closing.isSuccess) {
    return (
      <Dialog title={t('done', { name })} isOpen onClose={onClose}>
        <LeftOpen person={person} />
        <Button onPress={onClose} autoFocus wide>
          {t('close')}
        </Button>
      </Dialog>
    );
  }
  return (
    <Dialog role="alertdialog" title={t('title', { name })} isOpen onClose={onClose}>
      <ul className="flex list-disc flex-col gap-2 ps-5 text-ink-soft">
        {(['signedOut', 'visits', 'roles', 'passkeys'] as const).map((what) => (
          <li key={what}>{t(`what.${what}`)}</li>
        ))}
      </ul>
      {closing.isError ? <ActTrouble error={closing.error} act="letGo" /> : null}
      <div className="flex flex-col-reverse gap-3 sm:flex-row sm:justify-end">
        <Button look="secondary" onPress={onClose} autoFocus wide>
          {t('cancel')}
        </Button>
        <Button look="danger" isPending={closing.isPending} onPress={() => closing.mutate()} wide>
          {t('action')}
        </Button>
      </div>
    </Dialog>
  );
}

/** What somebody who was let go, or whose account is disabled, left behind, and the way to let them in again. */
export function LetInDialog({ person, onClose }: AccountDialogProps) {
  const t = useTranslations('staffPeople.letIn');
  const queries = useQueryClient();
  const lifting = useMutation({
    mutationFn: () => enableAccount(person.id),
    onSuccess: onClose,
    onSettled: () => queries.invalidateQueries({ queryKey: peopleQuery.queryKey, exact: true }),
  });
  const isLetGo = person.suspendedAt === null;
  return (
    <Dialog title={t(isLetGo ? 'title' : 'disabledTitle', { name: person.name })} isOpen onClose={onClose}>
      <LeftOpen person={person} />
      <p className="text-ink-soft">{t(isLetGo ? 'text' : 'disabledText')}</p>
      {lifting.isError ? <ActTrouble error={lifting.error} act="letIn" /> : null}
      <div className="flex flex-col-reverse gap-3 sm:flex-row sm:justify-end">
        <Button look="secondary" onPress={onClose} autoFocus wide>
          {t('cancel')}
        </Button>
        <Button isPending={lifting.isPending} onPress={() => lifting.mutate()} wide>
          {t('action')}
        </Button>
      </div>
    </Dialog>
  );
}
