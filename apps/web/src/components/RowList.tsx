import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { EmptyState } from './EmptyState.tsx';

interface RowListProps<Row> {
  rows: readonly Row[];
  /** What will be here, while nothing is. */
  empty: { readonly icon: LucideIcon; readonly title: string; readonly text: string };
  /** One row: a list item. */
  children: (row: Row) => ReactNode;
}

/** Rows in one frame with lines between them. */
export function RowList<Row>({ rows, empty, children }: RowListProps<Row>) {
  return (
    <div className="rounded-lg border border-line bg-surface">
      {rows.length === 0 ? <EmptyState {...empty} /> : <ul className="divide-y divide-line">{rows.map(children)}</ul>}
    </div>
  );
}
