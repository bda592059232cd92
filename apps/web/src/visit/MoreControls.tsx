'use client';

import { Ellipsis } from 'lucide-react';
import type { ReactNode } from 'react';
import { Dialog as AriaDialog, DialogTrigger } from 'react-aria-components/Dialog';
import { Popover } from 'react-aria-components/Popover';
import { ControlButton } from './ControlButton.tsx';

/** On a phone: what doesn't fit into the bar, one press away. */
export function MoreControls({ word, children }: { word: string; children: ReactNode }) {
  return (
    <div className="sm:hidden">
      <DialogTrigger>
        <ControlButton icon={Ellipsis} word={word} />
        <Popover
          placement="top"
          className="rounded-lg border border-line bg-surface text-ink motion-safe:entering:animate-appear"
        >
          <AriaDialog aria-label={word} className="flex gap-1 p-2 outline-none">
            {children}
          </AriaDialog>
        </Popover>
      </DialogTrigger>
    </div>
  );
}
