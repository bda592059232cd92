'use client';

import type { LucideIcon } from 'lucide-react';
import { Button as AriaButton } from 'react-aria-components/Button';

interface ControlButtonProps {
  icon: LucideIcon;
  word: string;
  /** What the word alone doesn't say; only heard. */
  more?: string;
  shortcut?: string;
  /** The device is off: shown inverted. */
  isOff?: boolean;
  isLeave?: boolean;
  /** Whether the panel that it opens is open. */
  isExpanded?: boolean;
  /** Shown at the icon's corner when it isn't 0. */
  count?: number;
  id?: string;
  /** In a popover: closes it as well. */
  slot?: 'close';
  /** What opens a popover is pressed by that. */
  onPress?: () => void;
}

const look = (isOff: boolean, isLeave: boolean, isExpanded: boolean) => {
  if (isLeave) return 'bg-danger-fill text-on-danger hover:bg-danger-fill-hover';
  if (isOff) return 'bg-ink text-surface';
  return isExpanded ? 'bg-accent-soft text-accent' : 'text-ink hover:bg-sunken';
};

/** One control of the bar: icon above word, a large target. */
export function ControlButton(props: ControlButtonProps) {
  const { icon: Icon, word, more, shortcut, isOff = false, isLeave = false, isExpanded, count = 0, ...rest } = props;
  return (
    <AriaButton
      {...(shortcut ? { 'aria-keyshortcuts': shortcut } : {})}
      {...(isExpanded === undefined ? {} : { 'aria-expanded': isExpanded })}
      {...rest}
      className={`relative flex min-h-14 min-w-11 cursor-pointer flex-col items-center justify-center gap-1 rounded-lg px-1 text-xs font-semibold sm:min-w-20 sm:text-sm ${look(isOff, isLeave, isExpanded ?? false)}`}
    >
      <Icon aria-hidden className="size-6" />
      <span>{word}</span>
      {count > 0 ? (
        <span className="absolute end-0.5 top-0.5 grid sm:end-2 sm:top-1 size-5 place-items-center rounded-full bg-waiting text-xs font-bold text-surface tabular-nums">
          {count}
        </span>
      ) : null}
      {more ? <span className="sr-only">{more}</span> : null}
    </AriaButton>
  );
}
