import { type ParsedManifest, PortError, type VaultError } from '@sotto/vault';
import { bad, CommandError, notDone } from '../errors.ts';
import { refusal } from '../refusal.ts';

const number = new Intl.NumberFormat('en');

const count = (many: number, one: string): string => `${number.format(many)} ${one}${many === 1 ? '' : 's'}`;

/** "3 runs, one of them cut, and a head, 14,080 bytes": what a manifest lists. */
export const listing = ({ runs, head }: ParsedManifest): string => {
  const cut = runs.filter(({ ending }) => ending === 'cut').length;
  const bytes = runs.reduce((sum, { length }) => sum + length, 0);
  const parts = [
    count(runs.length, 'run'),
    cut === 0 ? '' : `${number.format(cut)} of them cut`,
    head === null ? '' : 'a head',
    count(bytes, 'byte'),
  ];
  return parts.filter((part) => part !== '').join(', ');
};

export const bytesWord = (bytes: number): string => count(bytes, 'byte');

const faults: Readonly<Record<string, string>> = {
  argument: 'it can’t be asked for like that',
  authenticity: 'it was changed, or the key is another’s',
  format: 'it isn’t in the format',
  length: 'something is missing or was added',
  limit: 'it is over a limit of the format',
  mismatch: 'it belongs to something else, or somebody else signed it',
  unknownVersion: 'a newer program wrote it',
};

/** One sentence of what is wrong, and where: never of what is in it. */
export const fault = (error: VaultError): CommandError => {
  if (error instanceof PortError && error.cause instanceof CommandError) return error.cause;
  const refused = error instanceof PortError ? refusal(error.cause) : null;
  if (refused !== null) return refused;
  if (error instanceof PortError) return notDone(`Reading failed (${error.message}).`);
  const sentence = faults[error.code] ?? 'it failed';
  return bad(`This doesn't check: ${sentence} (${error.code}: ${error.message}).`);
};
