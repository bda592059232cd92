'use client';

import type { Entry, OpenTime } from '@sotto/audit';
import { patientId, staffId } from '@sotto/protocol/ids';
import { Check, CircleAlert, Clock, Eraser, TriangleAlert } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Badge } from '../components/Badge.tsx';
import { Link } from '../i18n/navigation.ts';
import { useTimes } from '../i18n/useTimes.ts';
import { keptOf } from '../kept/keptAddress.ts';
import { toBase64url } from '../keystore/bytes.ts';
import type { CheckedEntry } from '../keystore/logTrust.ts';
import { useRoleName } from '../staff/useRoleName.ts';
import { type EntryState, stateOf } from './entryState.ts';
import { actionWords, actorsOf, isRelayed, isRestricted, purposeOf, rolesOf, systemActor } from './entryWords.ts';
import { logFragment } from './logAddress.ts';
import { OpenFor } from './OpenFor.tsx';
import { isOfPlatform, platformWords } from './platformWords.ts';

/** Names by id, of staff and of patients; null where there is none. */
export interface LogNames {
  readonly person: (id: string) => string | null;
  readonly patient: (id: string) => string | null;
  /** Whether the reader keeps patients' keys: an officer. */
  readonly keepsKeys: boolean;
  /** The patient who reads, when every line is about them; else nobody is called "you". */
  readonly you: string | null;
}

/** A way on from a line. */
const way = 'inline-flex min-h-11 items-center text-accent';

const looks: Record<EntryState, string> = {
  verified: 'text-verified',
  unwitnessed: 'text-waiting',
  gone: 'text-ink-soft',
  failed: 'font-semibold text-danger',
};
const icons = { verified: Check, unwitnessed: Clock, gone: Eraser, failed: CircleAlert } as const;

interface EntryRowProps {
  checked: CheckedEntry;
  names: LogNames;
  /** For how long what this line opened was open; null where no line tells. */
  open: OpenTime | null;
  /** Milliseconds since 1970. */
  now: number;
}

/** One line of the log: what happened, and whether it is proven. */
export function EntryRow({ checked, names, open, now }: EntryRowProps) {
  const t = useTranslations('log');
  const state = stateOf(checked);
  const { verdict } = checked;
  const Icon = icons[state];
  return (
    <li
      data-entry={checked.index ?? 'none'}
      data-state={state}
      className={`flex flex-col gap-1 px-4 pt-4 pb-2 sm:px-5 ${state === 'failed' ? 'bg-danger-soft' : ''}`}
    >
      {verdict.tag === 'proven' ? (
        <Said entry={verdict.entry} names={names} open={open} now={now} />
      ) : (
        <p className="font-semibold">{t(state === 'gone' ? 'gone' : 'notProven')}</p>
      )}
      <details className="group">
        <summary
          className={`inline-flex min-h-11 cursor-pointer list-none items-center gap-2 rounded-md text-sm underline-offset-4 hover:underline [&::-webkit-details-marker]:hidden ${looks[state]}`}
        >
          <Icon aria-hidden className="size-4 shrink-0" />
          {verdict.tag === 'refused' ? t(`refused.${verdict.reason}`) : t(`state.${state}`)}
          <span className="text-ink-soft">· {t('details')}</span>
        </summary>
        <Details checked={checked} keepsKeys={names.keepsKeys} />
      </details>
    </li>
  );
}

function Said({ entry, names, open, now }: Omit<EntryRowProps, 'checked'> & { entry: Entry }) {
  const t = useTranslations('log');
  const roleName = useRoleName();
  const times = useTimes();
  const words = actionWords(entry.action);
  const who = actorsOf(entry)
    .map((actor) => {
      const system = systemActor(actor, isOfPlatform(entry.action));
      if (system !== null) return t(`actor.${system}`);
      if (actor === entry.patient) {
        if (actor === names.you) return t('actor.you');
        return names.patient(actor) ?? t('actor.patient', { end: actor.slice(-6) });
      }
      return names.person(actor) ?? names.patient(actor) ?? t('actor.nameless', { end: actor.slice(-6) });
    })
    .join(` ${t('and')} `);
  const roles = rolesOf(entry)
    .map((one) => (one === 'holder' ? t('holder') : roleName(one)))
    .join(` ${t('and')} `);
  const vouched = isRelayed(entry) ? t('relayed', { role: roles }) : roles;
  const role = systemActor(entry.actor, isOfPlatform(entry.action)) === null && roles !== 'none' ? vouched : null;
  const why = purposeOf(entry);
  const patient = aboutWhom();
  return (
    <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-1">
      <div className="min-w-56 flex-1">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          {why?.breakGlass ? (
            <TriangleAlert role="img" aria-label={t('broken')} className="size-4 text-danger" />
          ) : null}
          <span className="font-semibold break-words">{who}</span>
          {role === null ? null : <span className="text-sm text-ink-soft">{role}</span>}
        </p>
        <p className="break-words">
          {actionText()}
          {patient === null ? null : <> · {patient}</>}
        </p>
        {isRestricted(entry) ? <p className="text-sm">{t('restricted')}</p> : null}
        <OpenFor entry={entry} open={open} now={now} />
        <p className="text-sm text-ink-soft">
          {why === null ? null : (
            <>
              {purposeText(why.purpose)}
              {why.breakGlass === null ? null : `: ${breakGlassText(why.breakGlass)}`}
              {entry.address === null ? null : <span aria-hidden> · </span>}
            </>
          )}
          {entry.address === null ? null : t('from', { address: entry.address })}
        </p>
      </div>
      <div className="flex flex-row-reverse items-center gap-3 sm:flex-col sm:items-end sm:gap-1">
        <Badge tone={entry.outcome === 'allowed' ? 'neutral' : 'danger'}>{t(`outcome.${entry.outcome}`)}</Badge>
        <time dateTime={entry.time} className="text-sm text-ink-soft tabular-nums">
          {times.stamp(new Date(entry.time))}
        </time>
      </div>
    </div>
  );

  function actionText(): string {
    const platform = platformWords(entry.action);
    if (platform !== null) return t(`platform.${platform}`);
    return words === null ? t('action.other', { code: entry.action }) : t(`action.${words}`);
  }
  function aboutWhom(): string | null {
    const clinician = /^(?:clinician|account):([^/]+)/.exec(entry.resource)?.[1];
    if (clinician !== undefined) {
      return t('ofPerson', { name: names.person(clinician) ?? t('actor.nameless', { end: clinician.slice(-6) }) });
    }
    if (entry.patient === null) return null;
    if (entry.patient === names.you) return t('aboutYou');
    const name = names.patient(entry.patient);
    return name === null ? t('aboutPseudonym', { end: entry.patient.slice(-6) }) : t('about', { name });
  }
  function purposeText(purpose: string): string {
    const key = `purpose.${purpose}` as 'purpose.treatment';
    return t.has(key) ? t(key) : purpose;
  }
  function breakGlassText(reason: string): string {
    const key = `breakGlass.${reason}` as 'breakGlass.covering';
    return t.has(key) ? t(key) : reason;
  }
}

interface DetailsProps {
  checked: CheckedEntry;
  keepsKeys: boolean;
}

/** For whoever wants to compare by hand. */
function Details({ checked: { index, commitment, checkpoint, verdict }, keepsKeys }: DetailsProps) {
  const t = useTranslations('log.detail');
  const log = useTranslations('log');
  const times = useTimes();
  const entry = verdict.tag === 'proven' ? verdict.entry : null;
  const witnessedAt = verdict.tag === 'proven' || verdict.tag === 'gone' ? verdict.witnessedAt : null;
  const patient = patientId.safeParse(entry?.patient);
  const people = (entry === null ? [] : actorsOf(entry)).flatMap((actor) => {
    const { data } = staffId.safeParse(actor);
    return data === undefined || actor === entry?.patient ? [] : [data];
  });
  const rows: readonly (readonly [string, string | null])[] = [
    [t('index'), index === null ? null : String(index)],
    [t('commitment'), commitment === null ? null : toBase64url(commitment)],
    [
      t('checkpoint'),
      checkpoint === null ? null : t('checkpointOf', { ...checkpoint, root: toBase64url(checkpoint.root) }),
    ],
    [t('witnessed'), witnessedAt === null ? null : times.stamp(new Date(witnessedAt * 1000))],
    [t('resource'), entry?.resource ?? null],
    [t('patient'), entry?.patient ?? null],
    [t('action'), entry?.action ?? null],
    [t('session'), entry?.session ?? null],
    [t('userAgent'), entry?.userAgent ?? null],
  ];
  return (
    <dl className="mt-2 grid gap-x-4 gap-y-1 rounded-md bg-sunken p-3 text-sm text-ink sm:grid-cols-[10rem_minmax(0,1fr)]">
      {rows.map(([label, value]) =>
        value === null ? null : (
          <div key={label} className="contents">
            <dt className="text-ink-soft">{label}</dt>
            <dd className="break-all tabular-nums">{value}</dd>
          </div>
        ),
      )}
      {keepsKeys && entry !== null ? (
        <div className="flex flex-wrap gap-x-5 sm:col-span-2">
          {people.map((person, at) => (
            // Of this very page: the fragment alone changes.
            <a key={person} href={logFragment({ of: 'person', person })} className={way}>
              {log(people.length > 1 ? 'followOne' : 'follow', { place: at + 1 })}
            </a>
          ))}
          {patient.success ? (
            <>
              <a href={logFragment({ of: 'patient', patient: patient.data })} className={way}>
                {log('followPatient')}
              </a>
              <Link href={keptOf(patient.data)} prefetch={false} className={way}>
                {log('keptOf')}
              </Link>
            </>
          ) : null}
        </div>
      ) : null}
    </dl>
  );
}
