import * as z from 'zod';

/** What the services' log lines have in common; see `packages/service`. */
const logLine = z.looseObject({
  level: z.string(),
  event: z.string(),
  sentence: z.string().optional(),
  errorName: z.string().optional(),
  errorCode: z.string().optional(),
  reason: z.string().optional(),
});
type LogLine = z.infer<typeof logLine>;

const grave = new Set(['error', 'fatal']);

function parse(line: string): LogLine | undefined {
  try {
    return logLine.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

function describe(line: LogLine): string {
  if (line.sentence !== undefined) return line.sentence;
  const details = [line.errorName, line.errorCode, line.reason].filter((part) => part !== undefined);
  return details.length > 0 ? `${line.event} (${details.join(', ')})` : line.event;
}

/**
 * Why a process ended, from the end of what it wrote to stderr: its last grave log line, else the error that Node
 * printed, else its last line, said to be only that. Empty if it wrote nothing.
 */
export function lastWords(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const logged = lines.flatMap((line) => parse(line) ?? []);
  const cause = logged.findLast((line) => grave.has(line.level));
  if (cause) return describe(cause);
  const thrown = lines.findLast((line) => /^(?:Uncaught )?\w*(?:Error|Exception)\b.*:/.test(line));
  if (thrown !== undefined) return thrown.trim();
  const last = logged.at(-1);
  const line = last ? describe(last) : (lines.at(-1)?.trim() ?? '');
  return line === '' ? '' : `last log line: ${line}`;
}
