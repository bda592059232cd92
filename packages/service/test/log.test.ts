import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createLog, type LogFields } from '../src/log.ts';

interface Line {
  errorName?: string;
  frames?: string[];
}

const newId = (): string => randomBytes(16).toString('base64url');

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

/** Text as people write it, in each place of an error and of a value where it can stand. */
function everywhere(word: string): unknown[] {
  const said = `Planted ${word}`;
  const cause = Object.assign(new Error(said), { detail: said, code: said, stack: `${said}\n    at ${said}` });
  const nested = new Error(said, { cause: new TypeError(said, { cause }) });
  const several = new AggregateError([nested, cause, said], said);
  const named = Object.assign(new Error('x', { cause: nested }), { name: said, query: said, parameters: [said] });
  const speaking = Object.assign(new Error('x'), { toString: () => said, toJSON: () => said });
  class Planted extends Error {
    override readonly message = said;
  }
  return [
    ...[said, [said], { said }, { message: said, stack: said }, new Map([[said, said]]), new URL(`https://x/?${word}`)],
    ...[cause, nested, several, named, speaking, new Planted(said), { toJSON: () => said }, Buffer.from(said)],
    ...[() => said, Symbol(said), { [Symbol.toPrimitive]: () => said, toString: () => said }],
  ];
}

/** As lines may have it: itself, in base64, in hexadecimal, as numbers. */
const spellings = (word: string): string[] => {
  const octets = Buffer.from(word);
  return [word, octets.toString('base64').slice(0, -4), octets.toString('hex'), [...octets].join(',')];
};

describe('whatever a service logs', () => {
  const known = ['correlationId', 'visitId', 'staffId', 'byStaffId', 'participantId', 'peerId', 'roomId', 'nodeId']
    .concat(['mediasoupId', 'method', 'route', 'status', 'code', 'message', 'reason', 'worker', 'pid', 'port', 'count'])
    .concat(['rooms', 'peers', 'bytes', 'durationMs', 'error']);
  const unknown = [
    'err',
    'msg',
    'name',
    'patientName',
    'req',
    'res',
    'body',
    'headers',
    'url',
    'stack',
    'cause',
    'level',
  ].concat(['time', 'event', 'service', 'toJSON', 'constructor', '__proto__', 'hostname', 'details', 'errorName']);
  const word = `Zq${randomUUID().replaceAll('-', '')}`;
  const values = everywhere(word);

  it.each([...known, ...unknown])('holds nothing of what is given as %s', (name) => {
    for (const level of ['info', 'warn', 'error'] as const) {
      const { log, lines } = capture();
      for (const value of values) {
        const fields: object = Object.defineProperty({ status: 200 }, name, { value, enumerable: true });
        log[level](level === 'error' ? 'broke' : 'served', fields);
      }
      expect(lines).toHaveLength(values.length);
      for (const spelt of spellings(word)) expect(lines.join('')).not.toContain(spelt);
    }
  });

  it('drops what has a name that nobody knows, whatever its value', () => {
    const { log, lines, last } = capture();
    for (const name of unknown) {
      for (const value of [1, true, null, 'word', newId()]) {
        log.info('served', Object.defineProperty({}, name, { value, enumerable: true }));
        expect(Object.keys(last()).sort()).toEqual(['event', 'level', 'service', 'time']);
        expect(last()).toMatchObject({ level: 'info', service: 'test', event: 'served' });
      }
    }
    expect(lines).toHaveLength(unknown.length * 5);
  });
});
