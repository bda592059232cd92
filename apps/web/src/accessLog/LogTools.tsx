'use client';

import { Download } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Button } from '../components/Button.tsx';
import { Disclosure } from '../components/Disclosure.tsx';
import { Select } from '../components/Select.tsx';
import { TextField } from '../components/TextField.tsx';
import type { CheckedEntry } from '../keystore/logTrust.ts';
import { type SaveFormat, saveFormats, unsaidInFhir } from './logExport.ts';
import { filterKinds, filterOutcomes, isFiltering, type LogFilter, noFilter, platformKinds } from './logFilter.ts';

interface LogToolsProps {
  /** Of the platform's own log: it has other acts than the access log. */
  isPlatform: boolean;
  filter: LogFilter;
  onFilter: (filter: LogFilter) => void;
  /** What is shown now: what a saved file has. */
  shown: readonly CheckedEntry[];
  /** How many lines were read. */
  read: number;
  /** Nothing is older than what was read. */
  isWhole: boolean;
  onSave: (format: SaveFormat) => void;
}

/** Narrows the list down, and saves what is shown. */
export function LogTools({ isPlatform, filter, onFilter, shown, read, isWhole, onSave }: LogToolsProps) {
  const t = useTranslations('log.tools');
  const unsaid = unsaidInFhir(shown);
  const kinds = isPlatform ? platformKinds : filterKinds;
  const outcomes = filterOutcomes.filter((one) => !isPlatform || one !== 'broken');
  return (
    <div className="flex flex-col gap-3">
      <Disclosure title={t('title')}>
        <div className="flex flex-col gap-4">
          <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-4">
            <Select
              label={t('kind.label')}
              value={filter.kind}
              onChange={(value) => onFilter({ ...filter, kind: kinds.find((one) => one === value) ?? 'all' })}
              options={kinds.map((value) => ({ value, label: t(`kind.${value}`) }))}
            />
            <Select
              label={t('outcome.label')}
              value={filter.outcome}
              onChange={(value) => onFilter({ ...filter, outcome: outcomes.find((one) => one === value) ?? 'all' })}
              options={outcomes.map((value) => ({ value, label: t(`outcome.${value}`) }))}
            />
            <TextField
              label={t('from')}
              type="date"
              value={filter.from}
              max={filter.to}
              onChange={(from) => onFilter({ ...filter, from })}
            />
            <TextField
              label={t('to')}
              type="date"
              value={filter.to}
              min={filter.from}
              onChange={(to) => onFilter({ ...filter, to })}
            />
          </div>
          <div className="flex flex-col gap-2 border-t border-line pt-4">
            <p className="text-sm text-ink-soft">{t(isWhole ? 'saveWhole' : 'save', { count: shown.length })}</p>
            {unsaid > 0 ? <p className="text-sm font-semibold text-danger">{t('unsaid', { count: unsaid })}</p> : null}
            <div className="flex flex-wrap gap-3">
              {saveFormats.map((format) => (
                <Button key={format} look="secondary" wide onPress={() => onSave(format)}>
                  <Download aria-hidden className="size-5 shrink-0" />
                  {t(format)}
                </Button>
              ))}
            </div>
          </div>
        </div>
      </Disclosure>
      <div role="status" className={isFiltering(filter) ? 'flex flex-wrap items-center gap-x-4 gap-y-1' : ''}>
        {isFiltering(filter) ? (
          <>
            <p className="text-sm">{t(isWhole ? 'shownWhole' : 'shown', { shown: shown.length, read })}</p>
            <Button look="quiet" onPress={() => onFilter(noFilter)}>
              {t('clear')}
            </Button>
          </>
        ) : null}
      </div>
    </div>
  );
}
