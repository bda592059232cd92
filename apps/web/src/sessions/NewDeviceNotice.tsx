'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { Button } from '../components/Button.tsx';
import { buttonLook } from '../components/buttonLook.ts';
import { Notice } from '../components/Notice.tsx';
import { Link, usePathname } from '../i18n/navigation.ts';
import { useTimes } from '../i18n/useTimes.ts';
import { knowDevices, newDevicesQuery } from './sessionsApi.ts';
import { useDeviceName } from './useDeviceName.ts';

/** Devices that signed in as this person for the first time; nothing where there is none. */
export function NewDeviceNotice() {
  const t = useTranslations('sessions.newDevice');
  const isThere = usePathname().startsWith('/sessions');
  const times = useTimes();
  const nameOf = useDeviceName();
  const queries = useQueryClient();
  const { data } = useQuery(newDevicesQuery);
  const knowing = useMutation({
    mutationFn: knowDevices,
    onSuccess: () => queries.invalidateQueries({ queryKey: newDevicesQuery.queryKey }),
  });
  if (data === undefined || data.devices.length === 0) return null;
  return (
    <Notice
      tone="waiting"
      title={t('title')}
      live
      actions={
        <>
          <Button
            look="secondary"
            isPending={knowing.isPending}
            onPress={() => knowing.mutate({ at: data.devices.map(({ at }) => at) })}
          >
            {t('known')}
          </Button>
          {isThere ? null : (
            <Link href="/sessions/" prefetch={false} className={buttonLook('quiet')}>
              {t('look')}
            </Link>
          )}
        </>
      }
    >
      <ul className="flex flex-col gap-1">
        {data.devices.map(({ device, address, at }) => (
          <li key={at}>
            {t('one', { device: nameOf(device), address: address ?? '—', when: times.stamp(new Date(at)) })}
          </li>
        ))}
      </ul>
      <p>{t('text')}</p>
    </Notice>
  );
}
