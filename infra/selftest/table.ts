import type { Attack } from './attacks.ts';

/** Of a failure's reason: there a runner says what it expected. */
const shownLines = 12;

const plural = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

function groups(attacks: readonly Attack[]): Map<string, Attack[]> {
  const found = new Map<string, Attack[]>();
  for (const attack of attacks) found.set(attack.attacker, [...(found.get(attack.attacker) ?? []), attack]);
  return found;
}

/**
 * The result of a self-test for a person: one line an attack, in order of who attacks, and a verdict.
 *
 * @param target what was attacked, as a person calls it
 */
export function resultTable(attacks: readonly Attack[], target: string): string {
  const lines = [
    '',
    `Self-test of ${target}`,
    '',
    '  installed    played against that system: its listeners, its signaling, its client',
    '  laboratory   played on the same client by a media server or members of the test’s own',
  ];
  for (const [attacker, own] of groups(attacks)) {
    lines.push('', `${attacker.slice(0, 1).toUpperCase()}${attacker.slice(1)}`);
    for (const { what, stage, withstood, reason } of own) {
      lines.push(`  ${withstood ? 'pass' : 'FAIL'}  ${stage.padEnd(10)}  ${what}`);
      if (!withstood)
        lines.push(
          ...reason
            .trim()
            .split('\n')
            .slice(0, shownLines)
            .map((line) => `        ${line}`),
        );
    }
  }
  lines.push('', verdict(attacks), '');
  return lines.join('\n');
}

/** Whether all that there was to play was played, and withstood. */
export const isWithstood = (attacks: readonly Attack[]): boolean =>
  attacks.length > 0 && attacks.every(({ withstood }) => withstood);

function verdict(attacks: readonly Attack[]): string {
  const failed = attacks.filter(({ withstood }) => !withstood).length;
  if (attacks.length === 0) return 'No attack was played: none has such words in its name.';
  return failed === 0
    ? `${plural(attacks.length, 'attack')} withstood.`
    : `${plural(attacks.length - failed, 'attack')} withstood, ${failed} not: do not use this system for visits.`;
}
