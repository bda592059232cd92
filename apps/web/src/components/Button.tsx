'use client';

import { LoaderCircle } from 'lucide-react';
import type { ReactNode, Ref } from 'react';
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components/Button';
import { type ButtonLook, type ButtonSize, buttonLook } from './buttonLook.ts';

interface ButtonProps extends Omit<AriaButtonProps, 'className' | 'children' | 'style'> {
  look?: ButtonLook;
  size?: ButtonSize;
  /** Takes the whole width on a phone. */
  wide?: boolean;
  children: ReactNode;
  ref?: Ref<HTMLButtonElement>;
}

/** A button; while `isPending` it keeps its size and its focus, and can't be pressed. */
export function Button({ look, size, wide = false, children, ...rest }: ButtonProps) {
  return (
    <AriaButton {...rest} className={`${buttonLook(look, size)} ${wide ? 'w-full sm:w-auto' : ''}`}>
      {rest.isPending ? <LoaderCircle aria-hidden className="size-5 shrink-0 motion-safe:animate-spin" /> : null}
      {children}
    </AriaButton>
  );
}
