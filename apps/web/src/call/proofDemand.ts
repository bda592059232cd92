import type { ClientConfig } from '@sotto/protocol/clinic';
import type { PinStorage } from '../keystore/pins.ts';

const key = 'sotto.clinicians.v1';

/**
 * Whether physicians of this clinic must prove themselves. Once it was so it stays so in this browser: a server that
 * is taken over can't take it back.
 */
export function mustProve(
  { clinic, clinicians }: Pick<ClientConfig, 'clinic' | 'clinicians'>,
  storage: PinStorage | null,
): boolean {
  const isDemanded = clinicians === 'proven';
  try {
    if (isDemanded) storage?.setItem(key, clinic.id);
    return isDemanded || storage?.getItem(key) === clinic.id;
  } catch {
    return isDemanded;
  }
}
