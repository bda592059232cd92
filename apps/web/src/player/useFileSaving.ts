'use client';

import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import type { LetGo } from './fileSaving.ts';

/**
 * Saves files until the component goes: then the page holds nothing more of them. Its data is whether a place was chosen.
 *
 * @param save saves one, as `saveFile` does
 */
export function useFileSaving<Wish>(save: (wish: Wish) => Promise<LetGo | null>) {
  const held = useRef<LetGo[]>([]);
  useEffect(
    () => () => {
      for (const letGo of held.current.splice(0)) letGo();
    },
    [],
  );
  return useMutation({
    mutationFn: async (wish: Wish) => {
      const letGo = await save(wish);
      if (letGo !== null) held.current.push(letGo);
      return letGo !== null;
    },
    gcTime: 0,
  });
}
