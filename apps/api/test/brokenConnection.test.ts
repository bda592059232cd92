import { isUnavailable } from '@sotto/service/postgres';
import { sql } from 'drizzle-orm';
import { expect, inject, it } from 'vitest';
import { connectClinicDatabase } from '../src/clinicDatabase.ts';

it('a connection that the server ends within a transaction fails that transaction, and nothing else', async () => {
  const connection = connectClinicDatabase(inject('appUrl'), 'C'.repeat(22) as never, {
    ...{ application: 'sotto-test', onIdleFault: () => undefined },
  });
  const broken = connection.database.transaction(async (transaction) => {
    await transaction.execute(sql`set local idle_in_transaction_session_timeout = 50`);
    // So that it is heard of while nobody asks anything of it.
    await new Promise((resolve) => setTimeout(resolve, 500));
    await transaction.execute(sql`select 1`);
  });
  expect(isUnavailable(await broken.catch((fault: unknown) => fault))).toBe(true);
  await connection.ping();
  await connection.close();
});
