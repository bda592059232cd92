'use client';

import { LoaderCircle } from 'lucide-react';
import { Button } from '../components/Button.tsx';

const tones = {
  waiting: 'border-waiting-line bg-waiting-soft text-waiting',
  danger: 'border-danger-line bg-danger-soft text-danger',
  news: 'border-line bg-accent-soft text-accent',
} as const;

interface BannerLineProps {
  text: string;
  tone?: keyof typeof tones;
  isBusy?: boolean;
  action?: string;
  onAction?: () => void;
  refusal?: string;
  onRefusal?: () => void;
}

/** One line above the pictures: what is so, and what can be done. */
export function BannerLine({
  text,
  tone = 'waiting',
  isBusy = false,
  action,
  onAction,
  refusal,
  onRefusal,
}: BannerLineProps) {
  return (
    <div
      className={`flex min-h-11 flex-wrap items-center justify-center gap-x-3 border-b px-4 py-1 text-center text-sm font-medium ${tones[tone]}`}
    >
      {isBusy ? <LoaderCircle aria-hidden className="size-4.5 shrink-0 motion-safe:animate-spin" /> : null}
      <span>{text}</span>
      {action && onAction ? (
        <Button look="quiet" size="small" onPress={onAction}>
          {action}
        </Button>
      ) : null}
      {refusal && onRefusal ? (
        <Button look="quiet" size="small" onPress={onRefusal}>
          {refusal}
        </Button>
      ) : null}
    </div>
  );
}
