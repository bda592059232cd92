'use client';

import { ChevronDown, ShieldAlert, ShieldCheck, ShieldEllipsis, ShieldQuestionMark } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button as AriaButton } from 'react-aria-components/Button';
import { Dialog as AriaDialog, DialogTrigger } from 'react-aria-components/Dialog';
import { Popover } from 'react-aria-components/Popover';

/**
 * `private` is encryption whose keys nobody has compared: it is not green, because nothing was verified by people. What
 * people have compared is `verified`. `unproven` is encryption with somebody for whom a server alone vouches.
 */
export type ShieldState = 'opening' | 'private' | 'unproven' | 'verified' | 'broken';

const looks: Record<ShieldState, { icon: ReactNode; className: string }> = {
  opening: {
    icon: <ShieldEllipsis aria-hidden className="size-5 shrink-0 motion-safe:animate-breathe" />,
    className: 'border-line text-ink-soft hover:bg-sunken',
  },
  private: {
    icon: <ShieldCheck aria-hidden className="size-5 shrink-0" />,
    className: 'border-line text-ink hover:bg-sunken',
  },
  unproven: {
    icon: <ShieldQuestionMark aria-hidden className="size-5 shrink-0" />,
    className: 'border-waiting-line bg-waiting-soft text-waiting',
  },
  verified: {
    icon: <ShieldCheck aria-hidden className="size-5 shrink-0" />,
    className: 'border-verified bg-verified-soft text-verified',
  },
  broken: {
    icon: <ShieldAlert aria-hidden className="size-5 shrink-0" />,
    className: 'border-danger-line bg-danger-soft text-danger',
  },
};

interface ShieldProps {
  state: ShieldState;
  /** The claim, word for word what was checked. */
  claim: string;
  id?: string;
  /** What it means; opened by a press. */
  children: ReactNode;
}

/** How private the visit is now. */
export function Shield({ state, claim, id, children }: ShieldProps) {
  const { icon, className } = looks[state];
  return (
    <DialogTrigger>
      <AriaButton
        {...(id ? { id } : {})}
        className={`inline-flex min-h-11 min-w-0 cursor-pointer items-center gap-2 rounded-full border px-3.5 text-sm font-medium ${className}`}
      >
        {icon}
        <span className="truncate">{claim}</span>
        <ChevronDown aria-hidden className="size-4 shrink-0" />
      </AriaButton>
      <Popover
        placement="bottom end"
        className="max-w-[calc(100vw-1.5rem)] rounded-lg border border-line bg-surface text-ink motion-safe:entering:animate-appear sm:max-w-sm"
      >
        <AriaDialog aria-label={claim} className="flex flex-col gap-3 p-5 outline-none">
          {children}
        </AriaDialog>
      </Popover>
    </DialogTrigger>
  );
}
