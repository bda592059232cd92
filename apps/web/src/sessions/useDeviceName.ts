'use client';

import type { Device } from '@sotto/protocol/signIn';
import { useTranslations } from 'next-intl';

/** "Firefox on Linux", as far as the browser said what it is. */
export function useDeviceName(): (device: Device) => string {
  const t = useTranslations('sessions');
  return ({ browser, system }) => t('device', { browser: t(`browser.${browser}`), system: t(`system.${system}`) });
}
