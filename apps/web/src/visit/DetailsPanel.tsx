'use client';

import { Check, Copy } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import { type ReactNode, useId, useState } from 'react';
import type { CallDetails, TrackDetails, VisitCall, VisitSnapshot } from '../call/contract.ts';
import { Button } from '../components/Button.tsx';
import { LiveRegion } from '../components/LiveRegion.tsx';
import { SidePanel } from '../components/SidePanel.tsx';
import { Skeleton } from '../components/Skeleton.tsx';
import { detailsText } from './detailsText.ts';
import { TrackFacts } from './TrackFacts.tsx';
import { useDetails } from './useDetails.ts';

interface DetailsPanelProps {
  call: VisitCall;
  snapshot: VisitSnapshot;
  onClose: () => void;
}

/** What the connection and the encryption do, for whoever wants to know or looks for a cause. */
export function DetailsPanel({ call, snapshot, onClose }: DetailsPanelProps) {
  const t = useTranslations('call.details');
  const people = useTranslations('call.people');
  const details = useDetails(call);
  return (
    <SidePanel title={t('title')} closeLabel={t('close')} onClose={onClose} takesFocus>
      {details === null ? (
        <div role="status">
          <span className="sr-only">{t('loading')}</span>
          <Skeleton className="h-60" />
        </div>
      ) : (
        <>
          <Encryption details={details} />
          <Person title={t('own')} words={t('ownText')} tracks={details.own} isOwn />
          {snapshot.people.map(({ participantId, name, role, security }) => (
            <Person
              key={participantId}
              title={name ?? people('nameless')}
              words={
                <>
                  {people(`role.${role}`)} · {people(`security.${security}`)}
                </>
              }
              tracks={details.people.get(participantId)?.tracks ?? []}
              isOwn={false}
            />
          ))}
          <CopyDetails
            text={() =>
              detailsText(details, { self: snapshot.self?.role ?? null, people: snapshot.people }, navigator.userAgent)
            }
          />
        </>
      )}
    </SidePanel>
  );
}

function Encryption({ details }: { details: CallDetails }) {
  const t = useTranslations('call.details');
  const format = useFormatter();
  const seconds = details.epochAgeMs === null ? null : Math.round(details.epochAgeMs / 1000);
  return (
    <section className="flex flex-col gap-1">
      <h3 className="font-medium">{t('encryption')}</h3>
      <p className="text-sm text-ink-soft">{t('suiteText')}</p>
      <dl className="text-sm">
        <div className="flex justify-between gap-4">
          <dt className="text-ink-soft">{t('suite')}</dt>
          <dd className="text-end">{t('suiteParts')}</dd>
        </div>
        <div className="flex justify-between gap-4">
          <dt className="text-ink-soft">{t('epoch')}</dt>
          <dd className="text-end tabular-nums">
            {details.epoch === null
              ? t('unknown')
              : t('epochAge', { epoch: format.number(details.epoch), seconds: format.number(seconds ?? 0) })}
          </dd>
        </div>
      </dl>
    </section>
  );
}

interface PersonProps {
  title: string;
  words: ReactNode;
  tracks: readonly TrackDetails[];
  isOwn: boolean;
}

function Person({ title, words, tracks, isOwn }: PersonProps) {
  const t = useTranslations('call.details');
  const id = useId();
  return (
    <section aria-labelledby={id} className="border-t border-line pt-4">
      <h3 id={id} className="font-medium wrap-anywhere">
        {title}
      </h3>
      <p className="text-sm text-ink-soft">{words}</p>
      {tracks.length === 0 ? <p className="py-2 text-sm text-ink-soft">{t('noTracks')}</p> : null}
      {tracks.map((track) => (
        <TrackFacts key={track.source} track={track} isOwn={isOwn} />
      ))}
    </section>
  );
}

function CopyDetails({ text }: { text: () => string }) {
  const t = useTranslations('call.details');
  const [copied, setCopied] = useState<{ readonly byHand: string | null } | null>(null);
  const copy = async () => {
    const words = text();
    try {
      await navigator.clipboard.writeText(words);
      setCopied({ byHand: null });
    } catch {
      // The browser forbids it: what would be copied is shown, to be copied by hand.
      setCopied({ byHand: words });
    }
  };
  const isCopied = copied !== null && copied.byHand === null;
  return (
    <section className="flex flex-col gap-2 border-t border-line pt-4">
      <Button look="secondary" onPress={() => void copy()}>
        {isCopied ? <Check aria-hidden className="size-5" /> : <Copy aria-hidden className="size-5" />}
        {t(isCopied ? 'copied' : 'copy')}
      </Button>
      <p className="text-sm text-ink-soft">{t('copyText')}</p>
      <LiveRegion text={isCopied ? t('copied') : ''} />
      {copied?.byHand ? (
        <textarea
          readOnly
          aria-label={t('byHand')}
          rows={8}
          value={copied.byHand}
          onFocus={(event) => event.currentTarget.select()}
          className="w-full rounded-md border border-line bg-sunken p-2 font-mono text-xs text-ink"
        />
      ) : null}
    </section>
  );
}
