import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { NextIntlClientProvider } from 'next-intl';
import type { ReactNode } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { beforeEach, expect, it, vi } from 'vitest';
import en from '../../messages/en.json';
import type { GoesOn } from '../player/openWatch.ts';
import { CheckDialog } from './CheckDialog.tsx';
import type { KeptRelease } from './useKeptRelease.ts';

const { useIdleLock } = vi.hoisted(() => ({ useIdleLock: vi.fn<(goesOn: GoesOn, onLock: () => void) => void>() }));
vi.mock('../player/useIdleLock.ts', () => ({ useIdleLock }));
// Markup has nothing of what lies over the page.
vi.mock('../components/Dialog.tsx', () => ({
  Dialog: ({ isKept, children }: { isKept: boolean; children: ReactNode }) => <div data-kept={isKept}>{children}</div>,
}));

beforeEach(() => vi.clearAllMocks());

const onClose = vi.fn();
function shown(keeping: Partial<KeptRelease['keeping']>): string {
  const release = { keeping: { isPending: false, error: null, ...keeping }, step: 'passkey' } as KeptRelease;
  return renderToStaticMarkup(
    <QueryClientProvider client={new QueryClient()}>
      <NextIntlClientProvider locale="en" messages={en} timeZone="UTC">
        <CheckDialog {...{ release, onClose }} recordedAt={new Date(0)} onSign={() => undefined} />
      </NextIntlClientProvider>
    </QueryClientProvider>,
  );
}

it('can’t be closed while the key is asked for', () => {
  const asking = shown({ isPending: true });
  expect(asking).toContain('data-kept="true"');
  expect(asking).toMatch(/<button[^>]* disabled=""[^>]*>Cancel/u);
  const before = shown({});
  expect(before).toContain('data-kept="false"');
  expect(before).not.toContain('disabled=""');
});

it('closes when nobody is there, and with it the key goes', () => {
  expect(shown({ data: new Blob(['key']) })).toContain('It is gone when you close');
  const [goesOn, lock] = useIdleLock.mock.lastCall ?? [];
  expect(goesOn).toBeNull();
  lock?.();
  expect(onClose).toHaveBeenCalledOnce();
});
