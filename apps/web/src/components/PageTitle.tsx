import type { ReactNode } from 'react';

interface PageTitleProps {
  children: ReactNode;
  /** What the page is for, in a sentence or two. */
  text?: ReactNode;
}

/** The one heading of a page, and what the page is for. */
export function PageTitle({ children, text }: PageTitleProps) {
  return (
    <div className="flex flex-col gap-2">
      <h1 className="text-2xl font-semibold tracking-tight sm:text-3xl">{children}</h1>
      {text === undefined ? null : <p className="max-w-2xl text-ink-soft">{text}</p>}
    </div>
  );
}
