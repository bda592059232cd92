import type { ReactNode } from 'react';

export type BadgeTone = 'neutral' | 'accent' | 'waiting' | 'danger';

const looks: Record<BadgeTone, string> = {
  neutral: 'border-line bg-sunken text-ink-soft',
  accent: 'border-transparent bg-accent-soft text-accent',
  waiting: 'border-waiting-line bg-waiting-soft text-waiting',
  danger: 'border-danger-line bg-danger-soft text-danger',
};

/** A state in a word or two. */
export function Badge({ tone = 'neutral', children }: { tone?: BadgeTone; children: ReactNode }) {
  return (
    <span
      className={`inline-flex items-center gap-1.5 rounded-full border px-2.5 py-0.5 text-sm font-medium whitespace-nowrap ${looks[tone]}`}
    >
      {children}
    </span>
  );
}
