import { createHash, randomBytes } from 'node:crypto';

/**
 * 128 random bits in base64url: the id of a row.
 *
 * @param kind schema of the branded id, which says what it identifies
 */
export const newId = <Id extends string>(kind: { parse(text: string): Id }): Id =>
  kind.parse(randomBytes(16).toString('base64url'));

/** 256 random bits in base64url, for somebody to hold; we keep only `hashToken` of it. */
export const newToken = (): string => randomBytes(32).toString('base64url');

/** What is stored of a token. It has 256 random bits, so a plain hash can't be searched for. */
export const hashToken = (token: string): Uint8Array => new Uint8Array(createHash('sha256').update(token).digest());
