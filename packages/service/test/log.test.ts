import { describe, expect, it } from 'vitest';
import { createLog, type LogFields } from '../src/log.ts';

interface Line {
  errorName?: string;
  frames?: string[];
}

function capture() {
  const lines: string[] = [];
  const log = createLog('test', ['served', 'broke'], { write: (line: string) => void lines.push(line) });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? '{}') as Line };
}

describe('createLog', () => {
  it('writes an event with its allowed fields', () => {
    const { log, last } = capture();
    log.info('served', { method: 'GET', route: '/api/visits/:visitId', status: 200, durationMs: 1.5 });
    expect(last()).toMatchObject({
      level: 'info',
      service: 'test',
      event: 'served',
      method: 'GET',
      route: '/api/visits/:visitId',
      status: 200,
      durationMs: 1.5,
    });
    expect(Object.keys(last()).sort()).toEqual(
      ['durationMs', 'event', 'level', 'method', 'route', 'service', 'status', 'time'].sort(),
    );
  });

  it('drops fields that are not on the list', () => {
    const { log, lines } = capture();
    log.info('served', { patientName: 'Planted Name', req: { headers: { cookie: 'c' } }, status: 200 } as LogFields);
    expect(lines[0]).not.toMatch(/Planted|patientName|cookie/);
  });

  it.each([
    ['correlationId', 'Planted Name'],
    ['visitId', 'Planted'],
    ['method', 'Planted'],
    ['route', '/join?name=Planted Name'],
    ['code', 'Planted Name'],
    ['reason', 'Planted Name'],
    ['count', 'Planted'],
    ['visitId', { toString: (): string => 'Planted' }],
  ])('drops %s when its value has another shape', (name, value) => {
    const { log, lines } = capture();
    log.info('served', { [name]: value });
    expect(lines[0]).not.toContain('Planted');
  });

  it('writes an event that was not declared as such, without its text', () => {
    const { log, last, lines } = capture();
    log.warn('Planted Name' as 'served');
    expect(last()).toMatchObject({ event: 'undeclared' });
    expect(lines[0]).not.toContain('Planted');
  });

  it('describes an error by class, code and place, never by its message', () => {
    const { log, last, lines } = capture();
    const error = Object.assign(new TypeError('Planted\n    at Planted (/x/Planted.ts:1:1)'), { code: '23505' });
    log.error('broke', { error });
    expect(last()).toMatchObject({ level: 'error', errorName: 'TypeError', errorCode: '23505' });
    expect(last().frames).toEqual(expect.arrayContaining([expect.stringMatching(/^log\.test\.ts:\d+:\d+$/)]));
    expect(lines[0]).not.toContain('Planted');
  });

  it.each(['', 'E', 'Error', 'other'])(
    'gives no frames when the message became "%s" after the stack was taken',
    (message) => {
      const { log, last, lines } = capture();
      const error = new Error('Planted\n    at Planted (/x/Planted.ts:1:1)');
      Object.defineProperty(error, 'stack', { value: error.stack });
      error.message = message;
      log.error('broke', { error });
      expect(last().frames).toEqual([]);
      expect(lines[0]).not.toContain('Planted');
    },
  );

  it('says nothing of a thrown value that is no error', () => {
    const { log, lines, last } = capture();
    log.error('broke', { error: 'Planted' });
    expect(last().errorName).toBe('unknown');
    expect(lines[0]).not.toContain('Planted');
  });
});
