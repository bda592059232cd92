import type { Refusal } from '@sotto/e2ee';
import { useTranslations } from 'next-intl';
import type { Incident, NamedPerson } from '../call/contract.ts';
import { useExpectedName } from '../guests/guestBook.ts';
import { keptOutWords } from './keptOutWords.ts';
import type { VisitFacts } from './visitFacts.ts';

/**
 * Why a change was refused, by what a person can make of it; named in the messages under `call.refusedChange`. Of the
 * `keys`: it needn't have changed who is in the visit.
 */
function refusedChangeWords(reason: Refusal): {
  of: 'people' | 'keys';
  why: 'bringsIn' | 'noClinician' | 'notEntitled' | 'rules' | 'otherSender';
} {
  switch (reason) {
    case 'credential':
    case 'mismatch':
    case 'duplicateSubject':
    case 'outdated':
      return { of: 'people', why: 'bringsIn' };
    case 'noPhysician':
      return { of: 'people', why: 'noClinician' };
    case 'notEntitled':
      return { of: 'people', why: reason };
    case 'sender':
      return { of: 'keys', why: 'otherSender' };
    case 'malformed':
    case 'proposal':
    case 'leafChanged':
    case 'otherGroup':
      return { of: 'keys', why: 'rules' };
  }
}

/** What each incident is called in one sentence. Nobody is called by the name of somebody else. */
export function useIncidentWords(facts: VisitFacts): (incident: Incident) => string {
  const t = useTranslations('call.incident');
  const expectedName = useExpectedName(facts);
  const keptOut = useTranslations('call.keptOut');
  const refused = useTranslations('call.refusedChange');
  // First who was verified here; then whom the clinic expects under the id that its server signed; else what they claim to be.
  const nameOf = ({ participantId, name, role }: NamedPerson) =>
    name ?? expectedName(participantId) ?? t(`as.${role ?? 'member'}`);
  return (incident) => {
    switch (incident.tag) {
      case 'keptOut': {
        const why = keptOut(keptOutWords(incident.fault));
        return incident.person ? t('keptOut', { name: nameOf(incident.person), why }) : t('keptOutUnsigned', { why });
      }
      case 'refusedChange': {
        const words = refusedChangeWords(incident.reason);
        const why = refused(words.why);
        return incident.by
          ? t(`refusedChange.${words.of}`, { name: nameOf(incident.by), why })
          : t(`refusedChangeUnsigned.${words.of}`, { why });
      }
      case 'saidToHaveLeft':
      case 'stayOver':
        return t(incident.tag, { name: nameOf(incident.person) });
      case 'newKey':
        return t(incident.wasCompared ? 'newKeyCompared' : 'newKey', { name: nameOf(incident.person) });
      case 'more':
        return t('more', { count: incident.count });
    }
  };
}
