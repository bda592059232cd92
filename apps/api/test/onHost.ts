import type { Result } from '@sotto/protocol/result';
import type { AdminContext } from '../src/administration.ts';
import type { TestClinic } from './clinic.ts';

/** Administers as the command on the clinic's host does, recorded nowhere. */
export const onHost = <T>(
  { context }: TestClinic,
  act: (context: AdminContext) => Promise<Result<T>>,
): Promise<Result<T>> =>
  context.database.transaction((database) => act({ ...context, database, tell: () => undefined }));
