'use client';

import { type ReactNode, useState } from 'react';
import { Form } from 'react-aria-components/Form';
import { LatestAnswer } from './latestAnswer.ts';
import { TextField } from './TextField.tsx';

interface AnswerFormProps {
  className?: string;
  label: string;
  description?: string;
  maxLength?: number;
  autoFocus?: boolean;
  /** Above the field. */
  before?: ReactNode;
  /** Below the field: what went wrong, and the buttons, one of them of type `submit`. */
  children: ReactNode;
  /** @returns what is wrong with what was typed, in words; null if nothing is */
  onAnswer: (typed: string) => string | null | Promise<string | null>;
}

/** One typed answer that is checked when it is handed in; what is wrong with it stands below it until it is changed. */
export function AnswerForm({ className, before, children, onAnswer, ...field }: AnswerFormProps) {
  const [typed, setTyped] = useState('');
  const [wrong, setWrong] = useState<string | null>(null);
  const [latest] = useState(() => new LatestAnswer());
  return (
    <Form
      className={className ?? 'flex flex-col gap-5'}
      validationBehavior="aria"
      onSubmit={(event) => {
        event.preventDefault();
        void latest.check(() => onAnswer(typed), setWrong);
      }}
    >
      {before}
      <TextField
        {...field}
        value={typed}
        onChange={(value) => {
          // What is still being checked is about something else now.
          latest.drop();
          setTyped(value);
          setWrong(null);
        }}
        autoComplete="off"
        spellCheck="false"
        isInvalid={wrong !== null}
        error={wrong ?? undefined}
      />
      {children}
    </Form>
  );
}
