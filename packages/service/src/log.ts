import { type DestinationStream, destination, pino, stdTimeFunctions } from 'pino';
import * as z from 'zod';

const opaqueId = /^[\w-]{22}$/;
const word = /^[A-Za-z][\w.:-]{0,63}$/;
const count = z.number();

/**
 * Every field that a log line may have, with the only shape that is let through. Ids are opaque: they mean nothing
 * outside the process or database that made them. There is no field for text that a person wrote.
 */
const fieldSchemas = {
  /** Ties a line to the answer that the client got. */
  correlationId: z.string().regex(/^[\w-]{1,64}$/),
  visitId: z.string().regex(opaqueId),
  staffId: z.string().regex(opaqueId),
  /** Who did it to whom `staffId` names. */
  byStaffId: z.string().regex(opaqueId),
  participantId: z.string().regex(opaqueId),
  peerId: z.string().regex(opaqueId),
  roomId: z.string().regex(opaqueId),
  nodeId: z.string().regex(opaqueId),
  mediasoupId: z.uuid(),
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']),
  /** The route's pattern as written in the code, not the path that was asked for. */
  route: z.string().regex(/^\/[\w/:*.-]{0,119}$/),
  status: z.int().min(100).max(599),
  /** An error code of packages/protocol, a system's errno, SQLSTATE or a library's code. */
  code: z.string().regex(/^[\w-]{1,64}$/),
  /** Name of a Socket.IO event or SFU command, as declared. */
  message: z.string().regex(word),
  /** A tag from a closed set in the code: why something was done. */
  reason: z.string().regex(word),
  worker: z.int().min(0).max(1024),
  pid: z.int().positive(),
  port: z.int().min(1).max(65535),
  count,
  rooms: count,
  peers: count,
  bytes: count,
  durationMs: count,
} as const satisfies Record<string, z.ZodType>;

export type LogFields = { readonly [K in keyof typeof fieldSchemas]?: unknown } & { readonly error?: unknown };

/** Writes events whose names are the service's own constants. Whatever isn't on the allow-list is dropped. */
export interface Log<E extends string> {
  info(event: E, fields?: LogFields): void;
  warn(event: E, fields?: LogFields): void;
  error(event: E, fields?: LogFields): void;
}

/**
 * Where in the code an error came from: `file.ts:12:3`, innermost first. The message, which may say anything, is cut
 * off first; where it can't be told from the frames, there are none.
 */
function frames(error: Error): string[] {
  const stack = error.stack ?? '';
  const end = stack.indexOf(error.message) + error.message.length;
  const header = error.message === '' ? (stack.split('\n', 1)[0] ?? '') : stack.slice(0, end - error.message.length);
  if (!/^[\w.$]+(?: \[\w+\])?(?:: )?$/.test(header)) return [];
  return stack
    .slice(end)
    .split('\n')
    .flatMap((line) => /^\s+at .*?([\w.-]+\.(?:c|m)?[jt]s:\d+:\d+)\)?$/.exec(line)?.[1] ?? [])
    .slice(0, 8);
}

/** What may be written of an error: its name, its code if it's a known kind of code, and where in the code it came from. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { errorName: 'unknown' };
  const code = 'code' in error ? fieldSchemas.code.safeParse(error.code) : undefined;
  return {
    errorName: word.test(error.name) ? error.name : 'Error',
    ...(code?.success ? { errorCode: code.data } : {}),
    frames: frames(error),
  };
}

function allowed(fields: LogFields): Record<string, unknown> {
  const line: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(fieldSchemas)) {
    const value = (fields as Record<string, unknown>)[name];
    if (value !== undefined && schema.safeParse(value).success) line[name] = value;
  }
  return fields.error === undefined ? line : Object.assign(line, describeError(fields.error));
}

/**
 * A log of JSON lines on stderr.
 *
 * @param service name of the process
 * @param events every event name that the service may write; another one is written as `undeclared`
 * @param sink where lines go; stderr, written before the call returns, unless a test says otherwise
 */
export function createLog<const E extends string>(
  service: string,
  events: readonly E[],
  sink: DestinationStream = destination({ dest: 2, sync: true }),
): Log<E> {
  const known = new Set<string>(events);
  const nameOf = (event: string): string => (known.has(event) ? event : 'undeclared');
  const lines = pino(
    {
      base: { service },
      messageKey: 'event',
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    sink,
  );
  const write =
    (level: 'info' | 'warn' | 'error') =>
    (event: E, fields: LogFields = {}) =>
      lines[level](allowed(fields), nameOf(event));
  return { info: write('info'), warn: write('warn'), error: write('error') };
}
