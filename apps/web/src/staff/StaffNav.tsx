'use client';

import type { StaffSession } from '@sotto/protocol/clinic';
import { useTranslations } from 'next-intl';
import { Link, usePathname } from '../i18n/navigation.ts';

const pages = {
  physician: ['today', 'access-log', 'passkeys'],
  nurse: ['access-log', 'passkeys'],
  staff: ['access-log', 'passkeys'],
  privacyOfficer: ['access-log', 'passkeys', 'patient-keys'],
  admin: ['access-log', 'passkeys'],
} as const;

const words = {
  today: 'today',
  'access-log': 'accessLog',
  passkeys: 'passkeys',
  'patient-keys': 'patientKeys',
} as const;

/** The pages of somebody's work. */
export function StaffNav({ role }: { role: StaffSession['staff']['role'] }) {
  const t = useTranslations('common.nav');
  const path = usePathname();
  return (
    <nav aria-label={t('label')}>
      <ul className="flex">
        {pages[role].map((page) => (
          <li key={page}>
            <Link
              href={`/${page}/`}
              prefetch={false}
              aria-current={path.startsWith(`/${page}`) ? 'page' : undefined}
              className="inline-flex min-h-11 items-center border-b-2 border-transparent px-2 font-medium whitespace-nowrap text-ink-soft no-underline hover:text-ink aria-[current]:border-accent aria-[current]:text-ink sm:px-3"
            >
              {t(words[page])}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
