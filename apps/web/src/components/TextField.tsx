'use client';

import { FieldError } from 'react-aria-components/FieldError';
import { Input } from 'react-aria-components/Input';
import { Label } from 'react-aria-components/Label';
import { Text } from 'react-aria-components/Text';
import { TextField as AriaTextField, type TextFieldProps as AriaTextFieldProps } from 'react-aria-components/TextField';

interface TextFieldProps extends Omit<AriaTextFieldProps, 'className' | 'style' | 'children' | 'type'> {
  label: string;
  type?: 'text' | 'email' | 'password' | 'date' | 'time' | 'number';
  description?: string;
  /** What is wrong, in words of the page's own; with `isInvalid`. */
  error?: string | undefined;
  /** Bounds of a number or a date, as the native input takes them. */
  min?: string;
  max?: string;
  step?: string;
}

/** A labelled field with its description and its error below. */
export function TextField({ label, description, error, min, max, step, ...rest }: TextFieldProps) {
  return (
    <AriaTextField {...rest} className="flex flex-col gap-1.5">
      <Label className="font-medium">{label}</Label>
      <Input
        min={min}
        max={max}
        step={step}
        className="min-h-11 w-full min-w-0 rounded-md border border-line-strong bg-surface px-3 text-base text-ink tabular-nums invalid:border-danger read-only:bg-sunken disabled:opacity-50"
      />
      {description ? (
        <Text slot="description" className="text-sm text-ink-soft">
          {description}
        </Text>
      ) : null}
      <FieldError className="text-sm font-medium text-danger">{error}</FieldError>
    </AriaTextField>
  );
}
