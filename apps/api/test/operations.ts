import * as z from 'zod';
import { sessionKinds } from '../src/access/caller.ts';
import type { HttpClient } from './httpClient.ts';

/** JSON Schema, as far as the document uses it. */
export interface Schema {
  readonly type?: string | undefined;
  readonly const?: unknown;
  readonly enum?: readonly unknown[] | undefined;
  readonly anyOf?: readonly Schema[] | undefined;
  readonly oneOf?: readonly Schema[] | undefined;
  readonly allOf?: readonly Schema[] | undefined;
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly items?: Schema | undefined;
  readonly prefixItems?: readonly Schema[] | undefined;
  readonly minItems?: number | undefined;
  readonly maxItems?: number | undefined;
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly pattern?: string | undefined;
  readonly format?: string | undefined;
}

const schema: z.ZodType<Schema> = z.lazy(() =>
  z.looseObject({
    type: z.string().optional(),
    enum: z.array(z.unknown()).optional(),
    ...{ anyOf: z.array(schema).optional(), oneOf: z.array(schema).optional(), allOf: z.array(schema).optional() },
    properties: z.record(z.string(), schema).optional(),
    required: z.array(z.string()).optional(),
    ...{ items: schema.optional(), prefixItems: z.array(schema).optional() },
    ...{ minItems: z.number().optional(), maxItems: z.number().optional() },
    ...{ minLength: z.number().optional(), maxLength: z.number().optional() },
    ...{ minimum: z.number().optional(), maximum: z.number().optional() },
    ...{ pattern: z.string().optional(), format: z.string().optional() },
  }),
);

const operation = z.looseObject({
  'x-access': z.union([
    z.strictObject({ public: z.string() }),
    z.strictObject({
      action: z.string(),
      resource: z.strictObject({ type: z.string(), parameter: z.string().nullable() }),
      sessions: z.array(z.enum(sessionKinds)),
      whileLocked: z.enum(['live', 'always']).optional(),
    }),
    z.strictObject({ leaveFor: z.literal('phi'), sessions: z.array(z.enum(sessionKinds)) }),
  ]),
  'x-recorded': z.union([
    z.enum(['nothing', 'answer', 'again', 'act', 'before']),
    z.strictObject({ elsewhere: z.string() }),
  ]),
  security: z.array(z.record(z.string(), z.array(z.never()))),
  parameters: z.array(z.looseObject({ in: z.enum(['path', 'query', 'header']), name: z.string(), schema })).default([]),
  requestBody: z.looseObject({ content: z.record(z.string(), z.looseObject({ schema })) }).optional(),
  responses: z.record(z.string(), z.unknown()),
});

/** One thing that the api does, as its document says. */
export interface Operation extends Pick<z.infer<typeof operation>, 'parameters' | 'security'> {
  readonly method: string;
  /** With `{names}`. */
  readonly path: string;
  readonly access: z.infer<typeof operation>['x-access'];
  /** What it leaves in the platform's log. */
  readonly recorded: z.infer<typeof operation>['x-recorded'];
  /** Null where no JSON is read. */
  readonly body: Schema | null;
  readonly statuses: readonly string[];
}

export const nameOf = ({ method, path }: Pick<Operation, 'method' | 'path'>): string => `${method} ${path}`;

/** Everything that the api's document says it does. */
export async function readOperations(client: HttpClient): Promise<Operation[]> {
  const answer = await client.send('GET', '/api/openapi.json');
  const { paths } = z.looseObject({ paths: z.record(z.string(), z.record(z.string(), operation)) }).parse(answer.json);
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, { 'x-access': access, 'x-recorded': recorded, requestBody, responses, ...rest }]) => ({
        ...{
          method: method.toUpperCase(),
          path,
          access,
          recorded,
          parameters: rest.parameters,
          security: rest.security,
        },
        body: requestBody?.content['application/json']?.schema ?? null,
        statuses: Object.keys(responses),
      }),
    ),
  );
}
