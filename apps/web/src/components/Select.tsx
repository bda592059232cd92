'use client';

import { ChevronDown } from 'lucide-react';
import { useId } from 'react';

export interface SelectOption {
  readonly value: string;
  readonly label: string;
}

interface SelectProps {
  label: string;
  options: readonly SelectOption[];
  value: string;
  onChange: (value: string) => void;
  isDisabled?: boolean;
}

/** A choice by the platform's own list: on a phone that is the picker that people know. */
export function Select({ label, options, value, onChange, isDisabled = false }: SelectProps) {
  const id = useId();
  return (
    <div className="flex min-w-0 flex-col gap-1.5">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      <div className="relative">
        <select
          id={id}
          value={value}
          disabled={isDisabled}
          onChange={(event) => onChange(event.target.value)}
          className="min-h-11 w-full appearance-none truncate rounded-md border border-line-strong bg-surface ps-3 pe-10 text-base text-ink disabled:opacity-50"
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
        <ChevronDown
          aria-hidden
          className="pointer-events-none absolute inset-y-0 end-3 my-auto size-5 text-ink-soft"
        />
      </div>
    </div>
  );
}
