import { describe, expect, it } from 'vitest';
import en from '../../messages/en.json';
import es from '../../messages/es.json';
import { locales } from './locales.ts';

type Messages = { readonly [key: string]: string | Messages };

const catalogues = { en, es } satisfies Record<(typeof locales)[number], Messages>;

/** Every message under its full key. */
function flatten(messages: Messages, prefix = ''): Map<string, string> {
  return new Map(
    Object.entries(messages).flatMap(([key, value]) =>
      typeof value === 'string' ? [[`${prefix}${key}`, value] as const] : [...flatten(value, `${prefix}${key}.`)],
    ),
  );
}

/** The names that a message takes; what stands inside of plural forms belongs to their argument. */
const placeholders = (message: string) =>
  [...new Set([...message.matchAll(/\{(\w+)/g)].map(([, name]) => name))].sort();

const reference = flatten(en);

describe.each(locales)('messages in %s', (locale) => {
  const messages = flatten(catalogues[locale]);

  it('have the keys of every other language', () => {
    expect([...messages.keys()].sort()).toEqual([...reference.keys()].sort());
  });

  it('take the same values under each key', () => {
    const taken = (all: Map<string, string>) =>
      Object.fromEntries([...all].map(([key, message]) => [key, placeholders(message)]));
    expect(taken(messages)).toEqual(taken(reference));
  });

  it('say something under each key', () => {
    expect([...messages].filter(([, message]) => message.trim() === '')).toEqual([]);
  });
});

it('are translated, not copied, where they are sentences', () => {
  const spanish = flatten(es);
  const copied = [...reference].filter(([key, message]) => message.includes(' ') && spanish.get(key) === message);
  expect(copied.map(([key]) => key)).toEqual(['invitation.for']);
});
