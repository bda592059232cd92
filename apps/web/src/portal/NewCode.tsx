'use client';

import { Check, Copy, Printer } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useEffect, useRef, useState } from 'react';
import { AnswerForm } from '../components/AnswerForm.tsx';
import { Button } from '../components/Button.tsx';
import { TroubleNotice } from '../keystore/TroubleNotice.tsx';
import { groupsOf, type NewRecoveryCode, plainCharacters } from './recoveryCode.ts';

interface NewCodeProps {
  patientName: string;
  clinicName: string;
  made: NewRecoveryCode;
  handing: {
    readonly error: Error | null;
    readonly isPending: boolean;
    mutate(made: NewRecoveryCode, options: { onSuccess: () => void }): void;
  };
  onCancel: () => void;
  onDone: () => void;
}

/** Shows a new recovery code, once, and goes on when some of it was read back from paper. */
export function NewCode({ patientName, clinicName, made, handing, onCancel, onDone }: NewCodeProps) {
  const t = useTranslations('portal.newCode');
  const common = useTranslations('common');
  const [step, setStep] = useState<'shown' | 'asked'>('shown');
  const [isCopied, setCopied] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each step begins at its heading
  useEffect(() => heading.current?.focus(), [step]);
  const groups = groupsOf(made.code);
  // Not the first: it is the one that is remembered without paper.
  const [asked] = useState(() => 1 + ((crypto.getRandomValues(new Uint8Array(1))[0] ?? 0) % (groups.length - 1)));
  const check = (typed: string) => {
    if (plainCharacters(typed) !== groups[asked]) return t('wrong');
    handing.mutate(made, { onSuccess: onDone });
    return null;
  };
  return (
    <section className="flex flex-col gap-5 rounded-lg border border-line bg-surface p-5 sm:p-6">
      <h3 ref={heading} tabIndex={-1} className="text-lg font-semibold outline-none">
        {t(step === 'shown' ? 'title' : 'askTitle')}
      </h3>
      {step === 'shown' ? (
        <>
          <p className="text-ink-soft">{t('text')}</p>
          <div data-print className="flex flex-col gap-2 rounded-lg bg-sunken p-4">
            <p className="hidden font-semibold print:block">{t('sheet', { name: patientName, clinic: clinicName })}</p>
            <ol
              aria-label={t('label')}
              className="grid grid-cols-2 gap-x-6 gap-y-2 font-mono text-2xl tracking-[0.15em] sm:grid-cols-4 sm:text-xl"
            >
              {groups.map((group, at) => (
                <li key={group + String(at)} data-code-group className="flex items-baseline gap-2">
                  <span aria-hidden className="text-sm tracking-normal text-ink-soft">
                    {at + 1}
                  </span>
                  {group}
                </li>
              ))}
            </ol>
            <p>{t('end', { end: made.key.credential.slice(-4) })}</p>
            <p className="hidden print:block">{t('sheetText')}</p>
          </div>
          <ul className="flex list-disc flex-col gap-1.5 ps-5 text-ink-soft">
            <li>{t('once')}</li>
            <li>{t('safe')}</li>
            <li>{t('nobody')}</li>
          </ul>
          <div className="flex flex-wrap gap-3">
            <Button look="secondary" onPress={() => window.print()}>
              <Printer aria-hidden className="size-5" />
              {t('print')}
            </Button>
            <Button
              look="secondary"
              onPress={() => {
                navigator.clipboard.writeText(groups.join('-')).then(
                  () => setCopied(true),
                  () => setCopied(false),
                );
              }}
            >
              {isCopied ? <Check aria-hidden className="size-5" /> : <Copy aria-hidden className="size-5" />}
              {t(isCopied ? 'copied' : 'copy')}
            </Button>
          </div>
          <div className="flex flex-col-reverse gap-3 sm:flex-row">
            <Button look="quiet" onPress={onCancel} wide>
              {common('cancel')}
            </Button>
            <Button onPress={() => setStep('asked')} wide>
              {t('written')}
            </Button>
          </div>
        </>
      ) : (
        <AnswerForm
          before={<p className="text-ink-soft">{t('askText')}</p>}
          label={t('ask', { group: asked + 1 })}
          maxLength={8}
          onAnswer={check}
        >
          {handing.error !== null && !handing.isPending ? <TroubleNotice error={handing.error} /> : null}
          <div className="flex flex-col-reverse gap-3 sm:flex-row">
            <Button look="secondary" onPress={() => setStep('shown')} wide>
              {t('back')}
            </Button>
            <Button type="submit" isPending={handing.isPending} wide>
              {t('check')}
            </Button>
          </div>
        </AnswerForm>
      )}
    </section>
  );
}
