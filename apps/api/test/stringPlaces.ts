import fc from 'fast-check';
import { type Case, type FuzzScene, isLast, nobody } from './fuzzScene.ts';
import type { Operation } from './operations.ts';
import { valid } from './schemaArbitrary.ts';

/** Where a route takes text or a number from whoever asks. */
export interface Place {
  readonly operation: Operation;
  /** In words, as `path visitId` or `body limits.hours.from`. */
  readonly name: string;
  readonly kind: 'text' | 'number';
  /** A request of the right shape, but for what stands there. */
  readonly caseWith: (value: unknown) => Case;
}

interface Leaf {
  readonly path: readonly (string | number)[];
  readonly kind: Place['kind'];
}

/** Every text and number within a value. */
function leavesOf(value: unknown, path: Leaf['path'] = []): Leaf[] {
  if (typeof value === 'string') return [{ path, kind: 'text' }];
  if (typeof value === 'number') return [{ path, kind: 'number' }];
  if (Array.isArray(value)) return value.slice(0, 1).flatMap((part) => leavesOf(part, [...path, 0]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) => leavesOf(part, [...path, name]));
}

/** A copy with another value at one place. */
function replaced(value: unknown, [first, ...rest]: Leaf['path'], by: unknown): unknown {
  if (first === undefined) return by;
  if (Array.isArray(value)) return value.map((part: unknown, at) => (at === first ? replaced(part, rest, by) : part));
  const entries = Object.entries(value ?? {});
  return Object.fromEntries(entries.map(([name, part]) => [name, name === first ? replaced(part, rest, by) : part]));
}

const someText = (value: unknown): string => (typeof value === 'string' ? value : String(value));
const encoded = (value: unknown): string => encodeURIComponent(someText(value).toWellFormed());
const parameter = /\{(\w+)\}/g;

/** Samples of a body, so that each branch of a choice and each field that may be left out is in one of them. */
const samplesOf = ({ body }: Operation): readonly unknown[] =>
  body === null ? [undefined] : fc.sample(valid(body), { numRuns: 8, seed: 11 });

/** A request that a route takes as one of its own, as far as such could be found. */
export type Usual = Pick<Case, 'operation' | 'browser'> & { readonly body: unknown };

/** Of each route, what the path, the query and the body take. */
export function placesOf({ known }: FuzzScene, { operation, browser, body }: Usual): Place[] {
  const query = operation.parameters.filter((one) => one.in === 'query');
  const usual = query.map(({ name, schema }) => [name, fc.sample(valid(schema), { numRuns: 1, seed: 5 })[0]] as const);
  const asking = (values: Readonly<Record<string, unknown>>): string => {
    const pairs = usual.map(([name, value]) => `${name}=${encoded(values[name] ?? value)}`);
    return `${pathWith(operation, { ...known, ...values })}${pairs.length === 0 ? '' : `?${pairs.join('&')}`}`;
  };
  const names = [
    ...[...operation.path.matchAll(parameter)].map(([, name = '']) => name),
    ...usual.map(([name]) => name),
  ];
  const request = body === undefined ? {} : { body };
  const inAddress = names.map(
    (name): Place => ({
      ...{ operation, kind: 'text', name: `address ${name}` },
      caseWith: (value) => ({ operation, browser, request, path: asking({ [name]: value }) }),
    }),
  );
  const found = new Map<string, Place>();
  // Other samples have the branches and the fields that this one hasn't.
  for (const sample of [body, ...samplesOf(operation)]) {
    for (const { path: where, kind } of leavesOf(sample)) {
      const name = `body ${where.join('.')}`;
      if (found.has(name)) continue;
      const caseWith = (value: unknown): Case => ({
        ...{ operation, path: asking({}), request: { body: replaced(sample, where, value) } },
        // Wherever the path is right it might end what everything else is asked by.
        browser: isLast(operation) ? nobody : browser,
      });
      found.set(name, { operation, name, kind, caseWith });
    }
  }
  return [...inAddress, ...found.values()];
}

/** A route's path with these values in it. */
export const pathWith = ({ path }: Operation, values: Readonly<Record<string, unknown>>): string =>
  path.replaceAll(parameter, (_, name: string) => encoded(values[name]));

/** Finds who gets beyond the door of a route, and with what body: what is done then, else whatever isn't refused at once. */
export async function usualOf(scene: FuzzScene, operation: Operation): Promise<Usual> {
  const samples = samplesOf(operation);
  const first = { operation, browser: 0, body: samples[0] };
  if (isLast(operation)) return first;
  const path = pathWith(operation, scene.known);
  const beyond: { readonly usual: Usual; readonly status: number }[] = [];
  for (const browser of scene.browsers.keys()) {
    for (const body of samples) {
      const request = body === undefined ? {} : { body };
      const { status } = await scene.send({ operation, browser, path, request });
      if (status < 400) return { operation, browser, body };
      if (status === 401 || status === 403) break;
      beyond.push({ usual: { operation, browser, body }, status });
    }
  }
  return (beyond.find(({ status }) => status !== 400) ?? beyond[0])?.usual ?? first;
}
