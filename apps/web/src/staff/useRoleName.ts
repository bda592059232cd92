'use client';

import { useTranslations } from 'next-intl';

const known = ['physician', 'privacyOfficer', 'patient', 'nurse', 'staff', 'admin', 'system', 'host'] as const;

/** What a role is called; its code for one that has no word yet, null for nobody's. */
export function useRoleName(): (role: string) => string {
  const t = useTranslations('people.role');
  return (role) => {
    const word = known.find((one) => one === role);
    return word === undefined ? role : t(word);
  };
}
