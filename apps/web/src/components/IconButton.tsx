'use client';

import type { LucideIcon } from 'lucide-react';
import { Button as AriaButton } from 'react-aria-components/Button';

interface IconButtonProps {
  /** What it does: its name for a screen reader. */
  label: string;
  icon: LucideIcon;
  onPress: () => void;
}

/** A button of an icon only, for what everybody knows: previous, next, close. */
export function IconButton({ label, icon: Icon, onPress }: IconButtonProps) {
  return (
    <AriaButton
      aria-label={label}
      onPress={onPress}
      className="grid size-11 shrink-0 cursor-pointer place-items-center rounded-lg text-ink-soft hover:bg-sunken"
    >
      <Icon aria-hidden className="size-5 rtl:-scale-x-100" />
    </AriaButton>
  );
}
