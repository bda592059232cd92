'use client';

import { LoaderCircle } from 'lucide-react';
import type { ReactNode, Ref } from 'react';
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components/Button';
import { type ButtonLook, type ButtonSize, buttonLook } from './buttonLook.ts';

interface ButtonProps extends Omit<AriaButtonProps, 'className' | 'children' | 'style' | 'isPending'> {
  look?: ButtonLook;
  size?: ButtonSize;
  /** Takes the whole width on a phone. */
  wide?: boolean;
  /** What it started is under way: it keeps its place, its size and the focus, and does nothing. */
  isPending?: boolean;
  children: ReactNode;
  ref?: Ref<HTMLButtonElement>;
}

/** A button with a word, and an icon where one helps. */
export function Button({ look, size, wide = false, isPending = false, children, onPress, type, ...rest }: ButtonProps) {
  const idle = isPending
    ? { 'aria-disabled': true, type: 'button' as const }
    : { ...(onPress ? { onPress } : {}), ...(type ? { type } : {}) };
  return (
    <AriaButton {...rest} {...idle} className={`${buttonLook(look, size)} ${wide ? 'w-full sm:w-auto' : ''}`}>
      {isPending ? <LoaderCircle aria-hidden className="size-5 shrink-0 motion-safe:animate-spin" /> : null}
      {children}
    </AriaButton>
  );
}
