import type { Refusal } from '@sotto/e2ee';
import { useTranslations } from 'next-intl';
import type { Incident, NamedPerson } from '../call/contract.ts';
import { keptOutWords } from './keptOutWords.ts';
import { expectedName, type VisitFacts } from './visitFacts.ts';

/** Why a change was refused, by what a person can make of it; named in the messages under `call.refusedChange`. */
function refusedChangeWords(reason: Refusal): 'bringsIn' | 'notEntitled' | 'rules' {
  switch (reason) {
    case 'credential':
    case 'mismatch':
    case 'duplicateSubject':
    case 'outdated':
    case 'noPhysician':
      return 'bringsIn';
    case 'notEntitled':
      return reason;
    case 'malformed':
    case 'proposal':
    case 'leafChanged':
    case 'otherGroup':
    case 'sender':
      return 'rules';
  }
}

/** What each incident is called in one sentence. Nobody is called by the name of somebody else. */
export function useIncidentWords(facts: VisitFacts): (incident: Incident) => string {
  const t = useTranslations('call.incident');
  const keptOut = useTranslations('call.keptOut');
  const refused = useTranslations('call.refusedChange');
  // First who was verified here; then whom the clinic expects under the id that its server signed; else what they claim to be.
  const nameOf = ({ participantId, name, role }: NamedPerson) =>
    name ?? expectedName(facts, participantId) ?? t(`as.${role ?? 'member'}`);
  return (incident) => {
    switch (incident.tag) {
      case 'keptOut': {
        const why = keptOut(keptOutWords(incident.fault));
        return incident.person ? t('keptOut', { name: nameOf(incident.person), why }) : t('keptOutUnsigned', { why });
      }
      case 'refusedChange': {
        const why = refused(refusedChangeWords(incident.reason));
        return incident.by
          ? t('refusedChange', { name: nameOf(incident.by), why })
          : t('refusedChangeUnsigned', { why });
      }
      case 'saidToHaveLeft':
        return t('saidToHaveLeft', { name: nameOf(incident.person) });
    }
  };
}
