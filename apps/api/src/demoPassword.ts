import { randomInt } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readSecret } from '@sotto/service/environment';

/** Letters and digits that nobody mistakes for one another. */
const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';
const group = () => Array.from({ length: 5 }, () => alphabet[randomInt(alphabet.length)]).join('');

/**
 * The password of the demo accounts: made once (74 bits), then kept beside the field key, so that the next start shows
 * the same one. Only a demo has it; a clinic's staff choose their own.
 *
 * @param fieldKeyFile the file whose folder is used
 */
export function keepDemoPassword(fieldKeyFile: string): string {
  const file = join(dirname(fieldKeyFile), 'demo-password');
  if (!existsSync(file)) writeFileSync(file, `${group()}-${group()}-${group()}\n`, { mode: 0o600, flag: 'wx' });
  return readSecret(file, 'API_FIELD_KEY_FILE');
}
