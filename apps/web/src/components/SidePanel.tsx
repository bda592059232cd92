'use client';

import { X } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef } from 'react';
import { IconButton } from './IconButton.tsx';

interface SidePanelProps {
  title: string;
  /** What its close button is called. */
  closeLabel: string;
  onClose: () => void;
  /** `scroll`: all of it scrolls. `fill`: its content takes the height and scrolls where it likes. */
  layout?: 'scroll' | 'fill';
  /** Its heading takes the focus when it opens, for those who hear where they are. */
  takesFocus?: boolean;
  children: ReactNode;
}

/** Beside the pictures on a wide screen, over them on a narrow one. Escape closes it. */
export function SidePanel(props: SidePanelProps) {
  const { title, closeLabel, onClose, layout = 'scroll', takesFocus = false, children } = props;
  const id = useId();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (takesFocus) heading.current?.focus();
  }, [takesFocus]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.nativeEvent.isComposing) return;
    event.stopPropagation();
    onClose();
  };
  return (
    <section
      aria-labelledby={id}
      onKeyDown={onKeyDown}
      className={`z-20 flex flex-col border-s border-line bg-surface p-4 max-lg:absolute max-lg:inset-0 lg:w-96 lg:shrink-0 ${layout === 'fill' ? 'gap-3' : 'gap-6 overflow-y-auto'}`}
    >
      <div className="flex items-center justify-between">
        <h2 id={id} ref={heading} tabIndex={-1} className="text-lg font-semibold">
          {title}
        </h2>
        <IconButton label={closeLabel} icon={X} onPress={onClose} />
      </div>
      {children}
    </section>
  );
}
