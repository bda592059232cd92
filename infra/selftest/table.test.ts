import { describe, expect, it } from 'vitest';
import type { Attack } from './attacks.ts';
import { isWithstood, resultTable } from './table.ts';

const withstood: Attack = {
  attacker: 'a media server',
  what: 'that sends garbage',
  stage: 'laboratory',
  withstood: true,
  reason: '',
};
const failed: Attack = {
  attacker: 'a network',
  what: 'offers TLS 1.2',
  stage: 'installed',
  withstood: false,
  reason: 'expected a refusal\n',
};

describe('the self-test', () => {
  it('has passed if every attack was withstood, and says so', () => {
    expect(isWithstood([withstood, withstood])).toBe(true);
    const table = resultTable([withstood, { ...withstood, what: 'that replays' }], 'the copy');
    expect(table).toContain('Self-test of the copy');
    expect(table).toContain(
      'A media server\n  pass  laboratory  that sends garbage\n  pass  laboratory  that replays\n',
    );
    expect(table).toContain('2 attacks withstood.');
    expect(table).not.toContain('FAIL');
  });

  it('has failed if one was not, and says which and why', () => {
    expect(isWithstood([withstood, failed])).toBe(false);
    const table = resultTable([withstood, failed], 'the copy');
    expect(table).toContain('A network\n  FAIL  installed   offers TLS 1.2\n        expected a refusal\n');
    expect(table).toContain('1 attack withstood, 1 not');
  });

  it('has failed if nothing was played', () => {
    expect(isWithstood([])).toBe(false);
    expect(resultTable([], 'the copy')).toContain('No attack was played');
  });
});
