import { randomBytes } from 'node:crypto';
import { base64url } from '@sotto/protocol/bytes';
import * as z from 'zod';

/** A release's or an act's id, chosen by who asks: the same id never gets two answers. */
export const requestId = base64url(22).brand<'RequestId'>();
export type RequestId = z.infer<typeof requestId>;

/** 128 random bits that one request may use once, within 60 seconds. */
export const nonce = base64url(22).brand<'Nonce'>();
export type Nonce = z.infer<typeof nonce>;

/** A passkey's credential id (WebAuthn section 5.1), 16 to 1,023 bytes. */
export const credentialId = z
  .string()
  .min(16)
  .max(1364)
  .regex(/^[A-Za-z0-9_-]+$/)
  .brand<'CredentialId'>();
export type CredentialId = z.infer<typeof credentialId>;

/**
 * 128 random bits in base64url.
 *
 * @param kind schema of the branded id, which says what it identifies
 */
export const newId = <Id extends string>(kind: { parse(text: string): Id }): Id =>
  kind.parse(randomBytes(16).toString('base64url'));
