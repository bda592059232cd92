import { CircleAlert, Clock, Info, ShieldCheck } from 'lucide-react';
import type { ReactNode } from 'react';

/** `verified` is for what people or their devices have checked, and for nothing else. */
export type NoticeTone = 'info' | 'waiting' | 'verified' | 'danger';

const looks: Record<NoticeTone, string> = {
  info: 'border-line bg-sunken',
  waiting: 'border-waiting-line bg-waiting-soft',
  verified: 'border-verified bg-verified-soft',
  danger: 'border-danger-line bg-danger-soft',
};
const icons: Record<NoticeTone, ReactNode> = {
  info: <Info aria-hidden className="mt-0.5 size-5 shrink-0 text-accent" />,
  waiting: <Clock aria-hidden className="mt-0.5 size-5 shrink-0 text-waiting" />,
  verified: <ShieldCheck aria-hidden className="mt-0.5 size-5 shrink-0 text-verified" />,
  danger: <CircleAlert aria-hidden className="mt-0.5 size-5 shrink-0 text-danger" />,
};

interface NoticeProps {
  tone?: NoticeTone;
  title?: string;
  children?: ReactNode;
  actions?: ReactNode;
  /** Spoken by a screen reader when it appears. */
  live?: boolean;
}

/** What happened, what is safe, what to do next. */
export function Notice({ tone = 'info', title, children, actions, live = false }: NoticeProps) {
  const role = live ? (tone === 'danger' ? 'alert' : 'status') : undefined;
  return (
    <div role={role} className={`flex gap-3 rounded-lg border p-4 ${looks[tone]}`}>
      {icons[tone]}
      <div className="flex min-w-0 flex-1 flex-col gap-1">
        {title ? <p className="font-semibold">{title}</p> : null}
        {children ? <div className="flex flex-col gap-2 text-ink-soft">{children}</div> : null}
        {actions ? <div className="mt-2 flex flex-wrap gap-3">{actions}</div> : null}
      </div>
    </div>
  );
}
