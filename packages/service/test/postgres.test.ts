import { describe, expect, it } from 'vitest';
import { connectDatabase, isUnavailable } from '../src/postgres.ts';

const fault = (code: string, cause?: unknown) => Object.assign(new Error('planted', { cause }), { code });

describe('a database that is not there', () => {
  it.each(['08006', '57P01', '53100', '53300', '58030', 'ECONNREFUSED', 'EPIPE'])('is told by %s', (code) => {
    expect(isUnavailable(fault(code))).toBe(true);
  });

  it('is told by what caused a fault, whatever code that one has', () => {
    expect(isUnavailable(new Error('Failed query', { cause: fault('53100') }))).toBe(true);
    expect(isUnavailable(fault('ERR_QUERY', fault('ECONNRESET')))).toBe(true);
    expect(isUnavailable(new Error('timeout exceeded when trying to connect'))).toBe(true);
  });

  it.each(['23505', '42P01', '57014', 'ENOENT'])('is not what %s says', (code) => {
    expect(isUnavailable(fault(code))).toBe(false);
  });

  it('is what nobody who listens at its port is', async () => {
    const nobody = connectDatabase('postgresql://role@127.0.0.1:1/none', {
      application: 'sotto-test',
      onIdleFault: () => undefined,
    });
    const answer = await nobody.ping().catch((error: unknown) => error);
    expect(isUnavailable(answer)).toBe(true);
    await nobody.close();
  });
});
