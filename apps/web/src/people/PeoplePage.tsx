'use client';

import type { StaffSession } from '@sotto/protocol/clinic';
import type { HeldRole, StaffPeople, StaffPerson } from '@sotto/protocol/people';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { UserPlus, Users } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '../components/Button.tsx';
import { Dialog } from '../components/Dialog.tsx';
import { Notice } from '../components/Notice.tsx';
import { PageTitle } from '../components/PageTitle.tsx';
import { RowList } from '../components/RowList.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { TextField } from '../components/TextField.tsx';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { holds } from '../staff/heldRoles.ts';
import { StaffPage } from '../staff/StaffPage.tsx';
import { useRoleName } from '../staff/useRoleName.ts';
import { ActTrouble } from './ActTrouble.tsx';
import { GiveRoleDialog } from './GiveRoleDialog.tsx';
import { HelpDialog } from './HelpDialog.tsx';
import { InviteDialog } from './InviteDialog.tsx';
import { LetGoDialog, LetInDialog } from './LetGoDialog.tsx';
import { MayQuestion } from './MayQuestion.tsx';
import { OpenInvitations } from './OpenInvitations.tsx';
import { PersonCard } from './PersonCard.tsx';
import { endRole, peopleQuery } from './peopleApi.ts';

/** The clinic's staff and their roles: administrators change them, privacy officers look. */
export function PeoplePage() {
  const t = useTranslations('staffPeople');
  return (
    <StaffPage>
      {(staff) => (
        <div className="flex flex-col gap-8">
          <PageTitle text={t('text')}>{t('title')}</PageTitle>
          {holds(staff, 'admin', 'privacyOfficer') ? <People staff={staff} /> : <Notice>{t('adminsOnly')}</Notice>}
        </div>
      )}
    </StaffPage>
  );
}

function People({ staff }: { staff: StaffSession['staff'] }) {
  const query = useQuery(peopleQuery);
  if (query.isPending) return <Skeleton className="h-64" />;
  if (query.isLoadingError) return <TroubleNotice error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <>
      <PeopleList staff={staff} known={query.data} />
      <MayQuestion known={query.data} />
    </>
  );
}

const isNamed = (search: string) => {
  const wanted = search.trim().toLocaleLowerCase();
  return ({ name, email }: StaffPerson) => `${name} ${email}`.toLocaleLowerCase().includes(wanted);
};

/** What an administrator is about to do. */
type Act =
  | { readonly does: 'give' | 'help' | 'letGo' | 'letIn'; readonly person: StaffPerson }
  | { readonly does: 'invite' }
  | { readonly does: 'end'; readonly person: StaffPerson; readonly role: HeldRole };

function PeopleList({ staff, known }: { staff: StaffSession['staff']; known: StaffPeople }) {
  const t = useTranslations('staffPeople');
  const [search, setSearch] = useState('');
  const [act, setAct] = useState<Act | null>(null);
  const { people, timeZone, invitations } = known;
  const found = people.filter(isNamed(search));
  const mayChange = holds(staff, 'admin');
  return (
    <section aria-labelledby="people-title" className="flex flex-col gap-4">
      <div className="flex flex-wrap items-end justify-between gap-4">
        <h2 id="people-title" className="text-xl font-semibold tracking-tight">
          {t('list', { count: people.length })}
        </h2>
        <div className="flex w-full flex-col gap-3 sm:w-auto sm:flex-row sm:items-end">
          <div className="sm:w-72">
            <TextField label={t('search')} value={search} onChange={setSearch} autoComplete="off" />
          </div>
          {mayChange ? (
            <Button onPress={() => setAct({ does: 'invite' })} wide>
              <UserPlus aria-hidden className="size-5" />
              {t('invite.open')}
            </Button>
          ) : null}
        </div>
      </div>
      {mayChange ? null : <Notice>{t('readOnly')}</Notice>}
      <RowList rows={found} empty={{ icon: Users, title: t('empty.title'), text: t('empty.text') }}>
        {(person) => (
          <PersonCard
            key={person.id}
            person={person}
            timeZone={timeZone}
            isSelf={person.id === staff.id}
            acts={
              mayChange
                ? {
                    onGive: () => setAct({ does: 'give', person }),
                    onEnd: (role) => setAct({ does: 'end', person, role }),
                    onHelp: () => setAct({ does: 'help', person }),
                    onLetGo: () => setAct({ does: 'letGo', person }),
                    onLetIn: () => setAct({ does: 'letIn', person }),
                  }
                : null
            }
          />
        )}
      </RowList>
      <OpenInvitations invitations={invitations} mayChange={mayChange} />
      {mayChange ? <p className="max-w-2xl text-sm text-ink-soft">{t('whoGives')}</p> : null}
      {act?.does === 'give' ? (
        <GiveRoleDialog person={act.person} timeZone={timeZone} onClose={() => setAct(null)} />
      ) : null}
      {act?.does === 'invite' ? <InviteDialog onClose={() => setAct(null)} /> : null}
      {act?.does === 'help' ? <HelpDialog person={act.person} onClose={() => setAct(null)} /> : null}
      {act?.does === 'letGo' ? <LetGoDialog person={act.person} onClose={() => setAct(null)} /> : null}
      {act?.does === 'letIn' ? <LetInDialog person={act.person} onClose={() => setAct(null)} /> : null}
      {act?.does === 'end' ? <EndRoleDialog {...act} onClose={() => setAct(null)} /> : null}
    </section>
  );
}

interface EndRoleDialogProps {
  person: StaffPerson;
  role: HeldRole;
  onClose: () => void;
}

/** Asks before a role ends, however often it is held. */
function EndRoleDialog({ person, role: { role }, onClose }: EndRoleDialogProps) {
  const t = useTranslations('staffPeople.end');
  const roleName = useRoleName();
  const queries = useQueryClient();
  const ending = useMutation({
    mutationFn: () => endRole(person.id, role),
    onSuccess: onClose,
    onSettled: () => queries.invalidateQueries({ queryKey: peopleQuery.queryKey }),
  });
  return (
    <Dialog role="alertdialog" title={t('title', { name: person.name, role: roleName(role) })} isOpen onClose={onClose}>
      <p className="text-ink-soft">{t('text')}</p>
      {ending.isError ? <ActTrouble error={ending.error} act="end" /> : null}
      <div className="flex flex-col-reverse gap-3 sm:flex-row sm:justify-end">
        <Button look="secondary" onPress={onClose} autoFocus wide>
          {t('cancel')}
        </Button>
        <Button look="danger" isPending={ending.isPending} onPress={() => ending.mutate()} wide>
          {t('action')}
        </Button>
      </div>
    </Dialog>
  );
}
