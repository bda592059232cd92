'use client';

import { useState } from 'react';
import { type BirthDateParts, birthDateOf, isBlank, noBirthDate } from './birthDateParts.ts';

/** What `BirthDateField` is given, and what was typed in it. */
export function useBirthDate() {
  const [value, setValue] = useState(noBirthDate);
  const [isInvalid, setInvalid] = useState(false);
  return {
    field: {
      value,
      isInvalid,
      // Until it is handed in again: a field that is invalid keeps its form from that.
      onChange: (typed: BirthDateParts) => {
        setValue(typed);
        setInvalid(false);
      },
    },
    isBlank: isBlank(value),
    /** While it is typed; null until it is a date. */
    date: birthDateOf(value, new Date()),
    /** As the form is handed in. Null, and the field says so, where it is no date. */
    read(): string | null {
      const date = birthDateOf(value, new Date());
      setInvalid(date === null);
      return date;
    },
  };
}
