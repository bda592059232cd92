import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { NextIntlClientProvider } from 'next-intl';
import type { ReactNode } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it, vi } from 'vitest';
import en from '../../messages/en.json';
import type { OpenRecording } from './playerThread.ts';
import { SaveDialog } from './SaveDialog.tsx';

const { useIdleLock } = vi.hoisted(() => ({ useIdleLock: vi.fn<(isBusy: boolean, onIdle: () => void) => void>() }));
vi.mock('./useIdleLock.ts', () => ({ useIdleLock }));
// Markup has nothing of what lies over the page.
vi.mock('../components/Dialog.tsx', () => ({
  Dialog: ({ children }: { children: ReactNode }) => <div>{children}</div>,
}));

it('closes what was opened to be saved when nobody is there', () => {
  vi.stubGlobal('window', {});
  const onClose = vi.fn();
  renderToStaticMarkup(
    <QueryClientProvider client={new QueryClient()}>
      <NextIntlClientProvider locale="en" messages={en} timeZone="UTC">
        <SaveDialog
          recording={{ tracks: [], checks: {}, thread: {} } as unknown as OpenRecording}
          names={{ clinician: 'Dr Example', patient: null }}
          recordedAt={new Date(0)}
          onClose={onClose}
        />
      </NextIntlClientProvider>
    </QueryClientProvider>,
  );
  const [isSaving, close] = useIdleLock.mock.lastCall ?? [];
  expect(isSaving).toBe(false);
  close?.();
  expect(onClose).toHaveBeenCalledOnce();
});
