'use client';

import type { LucideIcon } from 'lucide-react';
import { Button as AriaButton } from 'react-aria-components/Button';

interface SwitchButtonProps {
  icon: LucideIcon;
  /** What a press does. */
  label: string;
  /** The device behind it is off: shown inverted, so that it can't be overlooked. */
  isOff: boolean;
  onPress: () => void;
}

/** Turns a device on and off. */
export function SwitchButton({ icon: Icon, label, isOff, onPress }: SwitchButtonProps) {
  return (
    <AriaButton
      onPress={onPress}
      className={`inline-flex min-h-11 cursor-pointer items-center gap-2 rounded-full border px-4 text-sm font-semibold ${
        isOff ? 'border-transparent bg-ink text-surface' : 'border-line-strong bg-surface text-ink hover:bg-sunken'
      }`}
    >
      <Icon aria-hidden className="size-5" />
      {label}
    </AriaButton>
  );
}
