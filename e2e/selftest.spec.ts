import { expect, test } from './fixtures.ts';
import { selftestCommand } from './system/commands.ts';

test('the self-test attacks the system that runs, and says how each attack ended', async ({ system }) => {
  test.setTimeout(240_000);
  const { code, output } = await selftestCommand(system, '--only', 'stolen');
  expect(output).toContain(`Self-test of the system that runs on ${system.dataFolder}`);
  expect(output).toMatch(/^ {2}pass {2}installed {3}brings somebody in with a credential that is stolen/mu);
  expect(output).toMatch(/^ {2}pass {2}laboratory {2}one that was stolen from somebody in the visit isn’t added$/mu);
  expect(output).toMatch(/^3 attacks withstood\.$/mu);
  expect(output).not.toContain('FAIL');
  expect(code).toBe(0);
});
