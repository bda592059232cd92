import { readDataMap } from '@sotto/infra/dataMap';
import { sql } from 'drizzle-orm';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createFieldSealer, type FieldPlace } from '../src/sealedField.ts';
import { createVisit, joinAsPatient, leaf, password, secretOf, startClinic, type TestClinic } from './clinic.ts';
import { newFieldKey } from './keys.ts';

let clinic: TestClinic;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.close());

/** Every row of every table as text, as a backup would have it; binary columns both as hex and as what they spell. */
async function dump(): Promise<string> {
  const client = new Client(inject('ownerUrl'));
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      "select table_name as name from information_schema.tables where table_schema = 'clinic'",
    );
    const rows: string[] = [];
    for (const { name } of tables.rows) {
      const { rows: found } = await client.query<{ row: object }>(`select to_jsonb(t) as row from clinic.${name} t`);
      rows.push(...found.map(({ row }) => JSON.stringify(row)));
    }
    const text = rows.join('\n');
    const spelled = text.replaceAll(/\\\\x([0-9a-f]+)/g, (_, hex: string) =>
      Buffer.from(hex, 'hex').toString('latin1'),
    );
    return `${text}\n${spelled}`;
  } finally {
    await client.end();
  }
}

describe('what is stored and logged of a visit', () => {
  it('has no name, secret, token or password in clear, in any encoding', async () => {
    const name = 'Planted Ångström-Kowalski';
    const physician = await clinic.physician('Dr Public');
    const { id } = await createVisit(physician, clinic, name);
    const secret = await secretOf(physician, id);
    const patient = await joinAsPatient(physician, clinic, id);
    const guest = {
      kind: 'family',
      name: 'Planted Gast-Øverby',
      endsAt: new Date(Date.now() + 3_600_000).toISOString(),
    };
    expect((await physician.send('POST', `/api/visits/${id}/guests`, { body: guest })).status).toBe(201);
    const notices = { address: 'planted.kowalski@home.example', locale: 'en' };
    await patient.send('POST', '/api/join/ticket', { body: { leaf } });
    await physician.send('POST', '/api/session', {
      body: { email: 'nobody@clinic.example', password: 'planted-wrong' },
    });
    await patient.send('GET', `/api/${name.split(' ')[0]}`);

    const tokens = [...physician.cookies.values(), ...patient.cookies.values()];
    const needles = [
      name,
      'Kowalski',
      guest.name,
      notices.address,
      'Øverby',
      secret,
      password,
      'planted-wrong',
      ...tokens,
    ].flatMap((text) => {
      const bytes = [Buffer.from(text), Buffer.from(text, 'utf16le'), Buffer.from(text, 'base64url')];
      return bytes.flatMap((each) => [
        each.toString('latin1'),
        each.toString('hex'),
        each.toString('base64').slice(0, -4),
        each.toString('base64url').slice(0, -4),
      ]);
    });
    expect((await patient.send('PUT', '/api/portal/notices', { body: notices })).status).toBe(204);
    const stored = await dump();
    const logged = clinic.log.join('');
    expect(stored).toContain(id);
    expect(logged).toContain('/api/join/ticket');
    for (const needle of needles.filter(({ length }) => length > 6)) {
      expect(stored.includes(needle)).toBe(false);
      expect(logged.includes(needle)).toBe(false);
    }
    expect(logged).not.toMatch(/Planted|nobody@/);
  });

  it('is sealed under the patient’s own key wherever the data map says that it tells who they are', async () => {
    const columns = readDataMap('Clinic database').filter(({ key }) => key.startsWith('field key'));
    expect(columns.map(({ table }) => table).sort()).toEqual([
      ...['clinic.guest', 'clinic.mail', 'clinic.patient', 'clinic.patient', 'clinic.patient_notice'],
    ]);
    const born = { patientName: 'Planted', birthDate: '1954-03-09', startsAt: new Date().toISOString(), minutes: 20 };
    expect((await (await clinic.physician()).send('POST', '/api/visits', { body: born })).status).toBe(201);
    for (const { table, column, dataClass } of columns) {
      expect(dataClass).toBe('PHI');
      const { rows } = await clinic.context.database.execute<{ version: number }>(
        sql.raw(`select get_byte(${column}, 0) as version from ${table} where ${column} is not null`),
      );
      expect([table, [...new Set(rows.map(({ version }) => version))]]).toEqual([table, [2]]);
    }
  });

  it('finds a name that is put there in clear', async () => {
    await clinic.context.database.execute(sql`
      insert into clinic.patient (id, clinic_id, name_sealed, created_at)
      values ('clearclearclearclearcl', ${clinic.context.clinicId}, 'Clear Kowalski', now())`);
    expect(await dump()).toContain('Clear Kowalski');
  });
});

describe('a sealed field', () => {
  const place: FieldPlace = { table: 'patient', column: 'name', row: 'r'.repeat(22) };

  it('opens where it was sealed, and is different each time', async () => {
    const fields = await createFieldSealer(newFieldKey());
    const [one, other] = [await fields.seal(place, 'Zoë'), await fields.seal(place, 'Zoë')];
    expect(await fields.open(place, one)).toBe('Zoë');
    expect(Buffer.from(one).equals(Buffer.from(other))).toBe(false);
    expect(one[0]).toBe(1);
    expect(one.length).toBe(1 + 12 + 4 + 16);
  });

  it.each([
    ['another row', { ...place, row: 's'.repeat(22) }],
    ['another column', { ...place, column: 'address' }],
    ['another table', { ...place, table: 'staff' }],
  ])('does not open in %s', async (_, elsewhere) => {
    const fields = await createFieldSealer(newFieldKey());
    await expect(fields.open(elsewhere, await fields.seal(place, 'Zoë'))).rejects.toThrow();
  });

  it('does not open under another key, changed in any byte, or cut short', async () => {
    const fields = await createFieldSealer(newFieldKey());
    const box = await fields.seal(place, 'Zoë');
    await expect((await createFieldSealer(newFieldKey())).open(place, box)).rejects.toThrow();
    for (let index = 0; index < box.length; index++) {
      const changed = box.slice();
      changed[index] = (changed[index] ?? 0) ^ 1;
      await expect(fields.open(place, changed)).rejects.toThrow();
      await expect(fields.open(place, box.slice(0, index))).rejects.toThrow();
    }
  });

  it.each(['', 'a'.repeat(42), `${'a'.repeat(43)}=`, 'é'.repeat(43)])(
    'takes no key of another form (%#)',
    async (key) => {
      await expect(createFieldSealer(key)).rejects.toThrow(/API_FIELD_KEY_FILE/);
    },
  );
});
