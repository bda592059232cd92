import { join } from 'node:path';

/** The checkout that these guards belong to. */
export const repositoryRoot = join(import.meta.dirname, '..', '..');
