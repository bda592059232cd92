'use client';

import { useTranslations } from 'next-intl';
import { Link, usePathname } from '../i18n/navigation.ts';
import { pagesOf, type StaffPageName } from './heldRoles.ts';

const words = {
  today: 'today',
  'access-log': 'accessLog',
  passkeys: 'passkeys',
  'patient-keys': 'patientKeys',
  incidents: 'incidents',
  people: 'people',
} as const satisfies Record<StaffPageName, string>;

/** The pages of somebody's work. */
export function StaffNav({ staff }: { staff: Parameters<typeof pagesOf>[0] }) {
  const t = useTranslations('common.nav');
  const path = usePathname();
  return (
    <nav aria-label={t('label')}>
      <ul className="flex">
        {pagesOf(staff).map((page) => (
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
