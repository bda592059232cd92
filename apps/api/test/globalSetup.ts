import { startTemporaryServer } from '@sotto/infra/postgres';
import type { TestProject } from 'vitest/node';
import { migrate } from '../src/migration.ts';
import { newSigningKey } from './keys.ts';

declare module 'vitest' {
  interface ProvidedContext {
    ownerUrl: string;
    appUrl: string;
    /** One for all: they share one database, and so one log. PEM. */
    platformLogKey: string;
  }
}

/** One migrated database for all files; each makes a clinic of its own in it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await startTemporaryServer();
  await migrate(postgres.ownerUrl, postgres.appUrl);
  project.provide('ownerUrl', postgres.ownerUrl);
  project.provide('appUrl', postgres.appUrl);
  project.provide('platformLogKey', newSigningKey());
  return () => postgres.remove();
}
