/** One figure of a benchmark; what doesn't apply is left out. */
export interface Figure {
  readonly bench: string;
  readonly metric: string;
  readonly unit: string;
  /** How many measurements. */
  readonly n?: number;
  readonly p50?: number;
  readonly p95?: number;
  readonly p99?: number;
  readonly value?: number;
  /** To what it is compared with, as the metric says. */
  readonly ratio?: number;
  /** Between which the ratio lies, 95 times of 100. */
  readonly low?: number;
  readonly high?: number;
  readonly goal?: string;
}

const round = (value: number): number => Math.round(value * 100) / 100;

/** Prints one line of JSON on stdout. */
export function printFigure(figure: Figure): void {
  const rounded = Object.entries(figure).map(([key, value]: [string, unknown]) => [
    key,
    typeof value === 'number' ? round(value) : value,
  ]);
  process.stdout.write(`${JSON.stringify(Object.fromEntries(rounded))}\n`);
}
