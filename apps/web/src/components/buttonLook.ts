export type ButtonLook = 'primary' | 'secondary' | 'quiet' | 'danger' | 'dangerQuiet';
export type ButtonSize = 'regular' | 'large' | 'small';

const base =
  'inline-flex items-center justify-center gap-2 rounded-lg border text-center font-semibold no-underline transition-colors cursor-pointer select-none disabled:cursor-default disabled:opacity-50 aria-disabled:cursor-default aria-disabled:opacity-70';

const sizes: Record<ButtonSize, string> = {
  small: 'min-h-11 px-3 text-sm',
  regular: 'min-h-11 px-4 text-base',
  large: 'min-h-13 px-6 text-lg',
};

const looks: Record<ButtonLook, string> = {
  primary: 'border-transparent bg-accent text-on-accent hover:bg-accent-hover',
  secondary: 'border-line-strong bg-surface text-ink hover:bg-sunken',
  quiet: 'border-transparent bg-transparent text-accent hover:bg-accent-soft',
  danger: 'border-transparent bg-danger text-on-danger hover:bg-danger-hover',
  dangerQuiet: 'border-transparent bg-transparent text-danger hover:bg-danger-soft',
};

/** The classes of a button, for what acts as one and for links that look like one. */
export const buttonLook = (look: ButtonLook = 'primary', size: ButtonSize = 'regular') =>
  `${base} ${sizes[size]} ${looks[look]}`;
