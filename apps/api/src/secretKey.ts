import { StartError } from '@sotto/service/errors';

/**
 * @param text 32 bytes in base64url, as a key's file holds them
 * @param variable names the file
 * @throws StartError if it isn't that
 */
export function readSecretKey(text: string, variable: string): Uint8Array<ArrayBuffer> {
  if (!/^[\w-]{43}$/.test(text)) {
    throw new StartError(`The file that ${variable} names must hold 32 random bytes in base64url.`);
  }
  return new Uint8Array(Buffer.from(text, 'base64url'));
}
