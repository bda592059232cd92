'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { type BrowserKind, browserKind } from '../media/browserKind.ts';
import { PermissionPicture } from './PermissionPicture.tsx';

/** How to allow camera and microphone again, in the words and with a picture of this browser. */
export function PermissionHelp() {
  const t = useTranslations('permission');
  const [kind] = useState<BrowserKind>(() => browserKind(navigator.userAgent, navigator.maxTouchPoints));
  return (
    <div className="flex flex-col gap-3">
      <PermissionPicture kind={kind} label={t(`${kind}.picture`)} />
      <ol className="list-decimal space-y-1 ps-5">
        <li>{t(`${kind}.first`)}</li>
        <li>{t(`${kind}.second`)}</li>
        <li>{t('third')}</li>
      </ol>
    </div>
  );
}
