import type { ReactNode } from 'react';
import type { BrowserKind } from '../media/browserKind.ts';

/** The sign to look for, drawn around (0, 0) in a field of 20. */
const signs: Record<BrowserKind, ReactNode> = {
  chrome: <Sliders />,
  chromeAndroid: <Sliders />,
  edge: <Padlock />,
  firefox: <BlockedCamera />,
  safari: <Page />,
  safariIos: <Page />,
  other: <Padlock />,
};

/** Where in the browser's window the permission is changed: the address bar with the sign that opens it. */
export function PermissionPicture({ kind, label }: { kind: BrowserKind; label: string }) {
  return (
    <svg viewBox="0 0 320 116" role="img" aria-label={label} className="w-full max-w-80">
      <rect x="0.5" y="0.5" width="319" height="115" rx="10" className="fill-surface stroke-line" />
      <rect x="14" y="14" width="292" height="32" rx="16" className="fill-sunken stroke-line" />
      <circle cx="34" cy="30" r="15" fill="none" strokeWidth="2.5" className="stroke-accent" />
      <g transform="translate(34 30)" fill="none" strokeWidth="1.8" strokeLinecap="round" className="stroke-ink">
        {signs[kind]}
      </g>
      <rect x="62" y="26" width="124" height="8" rx="4" className="fill-line" />
      <path d="M34 48v8" strokeWidth="2.5" strokeLinecap="round" className="stroke-accent" />
      <rect x="14" y="58" width="170" height="48" rx="8" className="fill-surface stroke-line-strong" />
      <Switch y={71} />
      <Switch y={93} />
    </svg>
  );
}

/** A permission that is switched on. */
function Switch({ y }: { y: number }) {
  return (
    <g transform={`translate(28 ${y})`}>
      <circle r="4" className="fill-ink-soft" />
      <rect x="14" y="-3.5" width="76" height="7" rx="3.5" className="fill-line" />
      <rect x="112" y="-7" width="28" height="14" rx="7" className="fill-accent" />
      <circle cx="133" r="5" className="fill-surface" />
    </g>
  );
}

function Sliders() {
  return (
    <>
      <path d="M-7-3.5h6M4-3.5h3M-7 3.5h2M0 3.5h7" />
      <circle cx="1.5" cy="-3.5" r="2.2" />
      <circle cx="-2.5" cy="3.5" r="2.2" />
    </>
  );
}

function Padlock() {
  return (
    <>
      <rect x="-5.5" y="-1.5" width="11" height="8" rx="1.5" />
      <path d="M-3-1.5v-2.5a3 3 0 0 1 6 0v2.5" />
    </>
  );
}

function BlockedCamera() {
  return (
    <>
      <rect x="-7.5" y="-4" width="10" height="8" rx="1.5" />
      <path d="M2.5-1l4.5-2.5v7L2.5 1M-8 7L7-7" />
    </>
  );
}

function Page() {
  return (
    <>
      <rect x="-7" y="-7" width="14" height="9" rx="1.5" />
      <path d="M-7 5.5H7" />
    </>
  );
}
