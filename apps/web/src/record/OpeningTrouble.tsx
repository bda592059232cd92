'use client';

import type { StaffSession } from '@sotto/protocol/clinic';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { sessionQuery } from '../clinic/clinicQueries.ts';
import { Button } from '../components/Button.tsx';
import { buttonLook } from '../components/buttonLook.ts';
import { Link } from '../i18n/navigation.ts';
import { troubleOf } from '../keystore/errors.ts';
import type { Pins } from '../keystore/pins.ts';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import type { TroubleWords } from '../keystore/troubleWords.ts';
import { PasskeyNotice } from '../staff/PasskeyNotice.tsx';
import { BreakGlassDialog } from './BreakGlassDialog.tsx';
import { lacksPasskey, mayBreakGlass, recordedAs, staffRefusalWords } from './refusal.ts';
import { SecondSignerDialog } from './SecondSignerDialog.tsx';
import type { OpeningWish } from './useOpening.ts';

interface OpeningTroubleProps {
  error: unknown;
  /** What was wished for and failed. */
  wish: OpeningWish | undefined;
  staff: StaffSession['staff'];
  pins: Pins;
  /** Words that fit this kind of object better than the general ones, where no rule refused. */
  words?: TroubleWords | null;
  onOpen: (wish: OpeningWish) => void;
}

/** Why staff's opening failed, what the log has of it, and the ways that are left: an emergency, a second signature, a passkey. */
export function OpeningTrouble({ error, wish, staff, pins, words, onOpen }: OpeningTroubleProps) {
  const t = useTranslations('record');
  const [dialog, setDialog] = useState<'breakGlass' | 'second' | null>(null);
  const session = useQuery({ ...sessionQuery, enabled: false }).data;
  const hasPasskey = session?.mayHost ?? false;
  const trouble = troubleOf(error);
  const refusal = staffRefusalWords(trouble, staff);
  const recorded = recordedAs(trouble);
  const hasNoKey = trouble.of === 'passkey' && trouble.code === 'noPasskey';
  const open = (next: OpeningWish) => {
    setDialog(null);
    onOpen(next);
  };
  if (session !== undefined && lacksPasskey(trouble, hasPasskey)) return <PasskeyNotice session={session} />;
  return (
    <>
      <TroubleNotice
        error={error}
        words={refusal ?? words ?? undefined}
        actions={
          <>
            {mayBreakGlass(trouble, staff, hasPasskey) ? (
              <Button look="dangerQuiet" onPress={() => setDialog('breakGlass')}>
                {t('breakGlass.open')}
              </Button>
            ) : null}
            {refusal === 'deniedTwo' ? (
              <Button look="secondary" onPress={() => setDialog('second')}>
                {t('second.open')}
              </Button>
            ) : null}
            {hasNoKey ? (
              <Link href="/passkeys/" prefetch={false} className={buttonLook('secondary')}>
                {t('toPasskeys')}
              </Link>
            ) : null}
          </>
        }
      >
        {recorded === null ? null : <p>{t(recorded)}</p>}
      </TroubleNotice>
      {dialog === 'second' ? (
        <SecondSignerDialog
          me={staff.id}
          pins={pins}
          onClose={() => setDialog(null)}
          // What was refused for want of a second signature, with its reason.
          onOpen={(approver) => open({ breakGlass: wish?.breakGlass ?? null, approver })}
        />
      ) : null}
      {dialog === 'breakGlass' ? (
        <BreakGlassDialog
          onClose={() => setDialog(null)}
          onOpen={(breakGlass) => open({ breakGlass, approver: null })}
        />
      ) : null}
    </>
  );
}
