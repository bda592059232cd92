/** A place that is being filled; as large as what will come. */
export function Skeleton({ className }: { className: string }) {
  return <div aria-hidden className={`rounded-md bg-sunken motion-safe:animate-breathe ${className}`} />;
}
