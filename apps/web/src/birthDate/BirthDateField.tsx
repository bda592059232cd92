'use client';

import { useLocale, useTranslations } from 'next-intl';
import { useId } from 'react';
import { TextField } from '../components/TextField.tsx';
import { type BirthDatePart, type BirthDateParts, partsOrder } from './birthDateParts.ts';

interface BirthDateFieldProps {
  label: string;
  description?: string;
  value: BirthDateParts;
  onChange: (value: BirthDateParts) => void;
  /** It was handed in, and is none. */
  isInvalid: boolean;
  /** Whether it is the own one of who types it, which their browser may know. */
  isOwn?: boolean;
  isRequired: boolean;
}

const digits: Record<BirthDatePart, number> = { day: 2, month: 2, year: 4 };
const widths: Record<BirthDatePart, string> = { day: 'w-20', month: 'w-20', year: 'w-28' };

/** Typed, not picked: whoever knows a date of birth has it sooner in three fields than in a calendar of decades. */
export function BirthDateField({ label, description, value, isInvalid, isOwn = false, ...rest }: BirthDateFieldProps) {
  const t = useTranslations('birthDate');
  const about = useId();
  const { onChange, isRequired } = rest;
  return (
    <fieldset className="flex min-w-0 flex-col gap-1.5" aria-describedby={about}>
      <legend className="mb-1.5 font-semibold">{label}</legend>
      <div className="flex flex-wrap gap-3">
        {partsOrder(useLocale()).map((part) => (
          <div key={part} className={widths[part]}>
            <TextField
              label={t(part)}
              value={value[part]}
              onChange={(typed) => onChange({ ...value, [part]: typed.replace(/\D/gu, '') })}
              inputMode="numeric"
              autoComplete={isOwn ? `bday-${part}` : 'off'}
              maxLength={digits[part]}
              isInvalid={isInvalid}
              isRequired={isRequired}
            />
          </div>
        ))}
      </div>
      <p
        id={about}
        aria-live="polite"
        className={isInvalid ? 'text-sm font-medium text-danger' : 'text-sm text-ink-soft'}
      >
        {isInvalid ? t('invalid') : description}
      </p>
    </fieldset>
  );
}
