import { createHmac, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { ArgumentError } from '../errors.ts';
import { checkLength } from '../objectStore.ts';
import { isPartName, type PartName } from '../partName.ts';

const label = 'sotto/storage/ticket/v1\0';
const pattern = /^([\w-]{1,400})\.([\w-]{43})$/;

const contentSchema = z.strictObject({
  version: z.literal(1),
  name: z.string().refine(isPartName),
  length: z.int().positive(),
  expires: z.int().positive(),
});

/** What a ticket says. */
export interface TicketContent {
  readonly name: PartName;
  readonly length: number;
  readonly expires: Date;
}

/** `refused`: not one of ours, or changed. */
export type TicketVerdict = ({ readonly tag: 'valid' } & TicketContent) | { readonly tag: 'expired' | 'refused' };

const codeOf = (key: Uint8Array, content: Uint8Array): Buffer =>
  createHmac('sha256', key).update(label).update(content).digest();

/** @param key at least 32 bytes, used for nothing else. @throws ArgumentError */
export function checkTicketKey(key: Uint8Array): void {
  if (!(key instanceof Uint8Array) || key.byteLength < 32) throw new ArgumentError('key');
}

/** The ticket as one segment of a path: letters, digits, `-`, `_` and one dot (SPEC.md section 5). */
export function sealTicket(key: Uint8Array, { name, length, expires }: TicketContent): string {
  const content = Buffer.from(JSON.stringify({ version: 1, name, length, expires: expires.getTime() }));
  return `${content.toString('base64url')}.${codeOf(key, content).toString('base64url')}`;
}

/** Reads a ticket; nothing of it is looked at before its code is right. */
export function openTicket(key: Uint8Array, path: string, now: Date): TicketVerdict {
  const [, content, code] = (pattern.exec(path) ?? []).map((text) => Buffer.from(text, 'base64url'));
  if (content === undefined || code === undefined) return { tag: 'refused' };
  if (!timingSafeEqual(code, codeOf(key, content))) return { tag: 'refused' };
  const parsed = contentSchema.parse(JSON.parse(content.toString()));
  checkLength(parsed.length);
  const expires = new Date(parsed.expires);
  if (expires <= now) return { tag: 'expired' };
  return { tag: 'valid', name: parsed.name, length: parsed.length, expires };
}
