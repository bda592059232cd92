import { isUnavailable } from '@sotto/service/postgres';
import { sql } from 'drizzle-orm';
import { Client } from 'pg';
import { expect, inject, it } from 'vitest';
import { connectClinicDatabase } from '../src/clinicDatabase.ts';

it('a connection that the server ends within a transaction fails that transaction, and nothing else', async () => {
  const owner = new Client({ connectionString: inject('ownerUrl') });
  await owner.connect();
  const connection = connectClinicDatabase(inject('appUrl'), 'C'.repeat(22) as never, {
    ...{ application: 'sotto-test', onIdleFault: () => undefined },
  });
  const broken = connection.database.transaction(async (transaction) => {
    const { rows } = await transaction.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`);
    await owner.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
    // So that it is heard of while nobody asks anything of it.
    await new Promise((resolve) => setTimeout(resolve, 200));
    await transaction.execute(sql`select 1`);
  });
  expect(isUnavailable(await broken.catch((fault: unknown) => fault))).toBe(true);
  await connection.ping();
  await connection.close();
  await owner.end();
});
