'use client';

import { type ReactNode, useEffect, useRef } from 'react';

interface FocusHeadingProps {
  children: ReactNode;
  /** Moves the focus here when it appears, so that a screen reader starts at the new screen. Not at page load. */
  takeFocus?: boolean;
}

/** The one heading of a screen. */
export function FocusHeading({ children, takeFocus = true }: FocusHeadingProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (takeFocus) heading.current?.focus();
  }, [takeFocus]);
  return (
    <h1 ref={heading} tabIndex={-1} className="text-2xl font-semibold tracking-tight sm:text-3xl">
      {children}
    </h1>
  );
}
