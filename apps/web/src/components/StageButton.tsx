'use client';

import type { LucideIcon } from 'lucide-react';
import { Button as AriaButton } from 'react-aria-components/Button';

interface StageButtonProps {
  icon: LucideIcon;
  label: string;
  /** The device behind it is off: shown inverted, so that it can't be overlooked. */
  isOff?: boolean;
  onPress: () => void;
}

/** A small button on top of a picture. */
export function StageButton({ icon: Icon, label, isOff = false, onPress }: StageButtonProps) {
  return (
    <AriaButton
      onPress={onPress}
      className={`inline-flex min-h-11 cursor-pointer items-center gap-2 rounded-full px-4 text-sm font-semibold ${
        isOff ? 'bg-on-stage text-stage' : 'bg-stage-scrim text-on-stage hover:bg-stage-raised'
      }`}
    >
      <Icon aria-hidden className="size-5" />
      {label}
    </AriaButton>
  );
}
