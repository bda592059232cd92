'use client';

import { createContext } from 'react';
import type { Trouble } from './errors.ts';
import type { TroubleWords } from './troubleWords.ts';

/** Words that fit who reads the page better than the general ones, which are for staff; null where they fit. */
export const ReadersWords = createContext<(trouble: Trouble) => TroubleWords | null>(() => null);
