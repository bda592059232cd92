'use client';

import { useTranslations } from 'next-intl';
import { Button } from './Button.tsx';

interface OlderButtonProps {
  /** A list that is read part by part. */
  query: {
    readonly hasNextPage: boolean;
    readonly isFetchingNextPage: boolean;
    fetchNextPage(): Promise<unknown>;
  };
}

/** Reads the next, older part of a list; nothing where there is none. */
export function OlderButton({ query }: OlderButtonProps) {
  const t = useTranslations('common');
  if (!query.hasNextPage) return null;
  return (
    <Button look="secondary" isPending={query.isFetchingNextPage} onPress={() => void query.fetchNextPage()} wide>
      {t('older')}
    </Button>
  );
}
