import fc from 'fast-check';
import type { Schema } from './operations.ts';

function textOf({ pattern, format, minLength = 0, maxLength = 60 }: Schema): fc.Arbitrary<string> {
  const size = { minLength, maxLength: Math.max(minLength, Math.min(maxLength, 300)) };
  if (format === 'date-time') {
    const near = { min: new Date(Date.now() - 86_400_000), max: new Date(Date.now() + 86_400_000) };
    return fc.date({ ...near, noInvalidDate: true }).map((at) => at.toISOString());
  }
  if (format === 'email') return fc.stringMatching(/^[a-z]{3,12}@clinic\.example$/);
  if (pattern === undefined) return fc.string(size);
  // Text of our own alphabet is most of it; whatever else is asked for, fast-check makes from the expression.
  if (pattern === '^[A-Za-z0-9_-]+$')
    return fc.string({ unit: fc.constantFrom('A', 'a', '0', '_', '-', 'Z'), ...size });
  try {
    // The document's own patterns, which are the api's.
    return fc.stringMatching(new RegExp(pattern), { size: 'small' });
  } catch {
    return fc.string({ ...size, minLength: Math.max(1, minLength) });
  }
}

/** What has the shape that a schema asks for: nearly always, since some rules can't be said in JSON Schema. */
export function valid(schema: Schema): fc.Arbitrary<unknown> {
  const { type, anyOf, oneOf, allOf, properties = {}, required = [], items, prefixItems } = schema;
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const choice = anyOf ?? oneOf;
  if (choice) return fc.oneof(...choice.map(valid));
  if (allOf) return fc.tuple(...allOf.map(valid)).map((parts) => Object.assign({}, ...parts) as unknown);
  if (prefixItems) return fc.tuple(...prefixItems.map(valid));
  switch (type) {
    case 'string':
      return textOf(schema);
    case 'integer':
      return fc.integer({ min: Math.max(schema.minimum ?? 0, -1e9), max: Math.min(schema.maximum ?? 1e6, 1e9) });
    case 'number':
      return fc.double({ min: schema.minimum ?? 0, max: schema.maximum ?? 1e6, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array': {
      const min = schema.minItems ?? 0;
      const max = Math.min(schema.maxItems ?? min + 2, min + 2);
      return fc.array(valid(items ?? {}), { minLength: min, maxLength: max });
    }
    case 'object': {
      const parts = Object.fromEntries(Object.entries(properties).map(([name, part]) => [name, valid(part)]));
      return fc.record(parts, { requiredKeys: [...required] }).map((value) => ({ ...value }));
    }
    default:
      return fc.jsonValue();
  }
}

const injections = [
  "' or '1'='1",
  "'; drop table clinic.staff; --",
  '" union select password_hash from clinic.staff --',
  '$1::text',
  '\\x00',
  '1; select pg_sleep(5)',
  'a\u0000b',
  '\ud800',
  'x\r\nset-cookie: planted-header=1',
  '%0d%0aset-cookie:%20planted-header=1',
  '../../../../etc/passwd',
  '..%2f..%2fetc%2fpasswd',
  '{{7*7}}#{7*7}',
  '<script>alert(1)</script>',
  '__proto__',
  '-1',
  '9'.repeat(400),
  '\u202e\u200b',
  'ＡＢＣ',
] as const;

/** Text that somebody sends who means no good. */
export const hostile: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...injections),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.integer({ min: 65, max: 3000 }).map((length) => 'A'.repeat(length)),
);

const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostile,
  fc.constantFrom<unknown>(null, true, -1, 1e308, 0.1, [], {}, [[]], { $ne: null }, { toString: 'x' }),
  fc.jsonValue({ maxDepth: 3 }),
);

/** The same, with one part of it put in another's place, taken away or added. */
export function spoiled(value: unknown): fc.Arbitrary<unknown> {
  if (Array.isArray(value)) {
    const list: readonly unknown[] = value;
    return fc.oneof(
      hostileValue.map((part) => [...list, part]),
      hostileValue,
    );
  }
  if (typeof value !== 'object' || value === null) return hostileValue;
  const entries = Object.entries(value);
  const added = fc.tuple(hostile, hostileValue).map(([name, part]): unknown => ({ ...value, [name]: part }));
  if (entries.length === 0) return added;
  const at = fc.constantFrom(...entries);
  return fc.oneof(
    added,
    at.map(([name]): unknown => Object.fromEntries(entries.filter(([other]) => other !== name))),
    at.chain(([name, part]) => spoiled(part).map((worse): unknown => ({ ...value, [name]: worse }))),
    at.chain(([name]) => hostileValue.map((worse): unknown => ({ ...value, [name]: worse }))),
  );
}
