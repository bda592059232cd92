import { Skeleton } from '../components/Skeleton.tsx';

/** The day's outline while it loads. */
export function DaySkeleton({ label }: { label: string }) {
  return (
    <div role="status" className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_20rem]">
      <span className="sr-only">{label}</span>
      <div className="flex flex-col divide-y divide-line rounded-lg border border-line bg-surface">
        {['first', 'second', 'third'].map((row) => (
          <div key={row} className="flex items-center gap-4 p-4 sm:p-5">
            <Skeleton className="h-6 w-16" />
            <div className="flex flex-1 flex-col gap-2">
              <Skeleton className="h-5 w-44 max-w-full" />
              <Skeleton className="h-4 w-28" />
            </div>
            <Skeleton className="hidden h-11 w-28 sm:block" />
          </div>
        ))}
      </div>
      <Skeleton className="hidden h-56 lg:block" />
    </div>
  );
}
