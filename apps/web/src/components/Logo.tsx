/** The mark: a voice kept between two people. Decorative; the name stands beside it. */
export function Logo({ className = 'size-7' }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true" className={className}>
      <rect width="32" height="32" rx="9" className="fill-accent" />
      <g className="stroke-on-accent" fill="none" strokeWidth="2.6" strokeLinecap="round">
        <path d="M9.5 9a10 10 0 0 0 0 14" />
        <path d="M22.5 9a10 10 0 0 1 0 14" />
        <path d="M16 13.2v5.6" />
      </g>
    </svg>
  );
}
