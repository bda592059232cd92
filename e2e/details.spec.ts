import { expectAccessible } from './accessible.ts';
import { expect, test } from './fixtures.ts';
import { marked } from './marker.ts';
import { meet } from './meeting.ts';

test('the details tell what is sent and received, anew each second, and are copied without names', async ({
  physicianPage,
  patientPage,
  system,
}) => {
  test.setTimeout(240_000);
  const { physicianName, patientName } = await meet({ physicianPage, patientPage, system }, marked('Leonie Wick'));
  for (const [page, other] of [
    [physicianPage, patientName],
    [patientPage, physicianName],
  ] as const) {
    await page.getByRole('banner').getByRole('button').click();
    await expect(page.getByText('The encryption is post-quantum')).toBeVisible();
    await page.getByRole('button', { name: 'Technical details' }).click();
    const panel = page.getByRole('region', { name: 'Technical details' });
    await expect(panel.getByRole('heading', { name: 'Technical details' })).toBeFocused();
    await expect(panel.getByText('post-quantum method')).toBeVisible();
    const theirs = panel.getByRole('region', { name: other });
    await expect(theirs.getByText('VP8')).toBeVisible();
    await expect(theirs.getByText('opus', { exact: false })).toBeVisible();
    const fact = (name: string) => theirs.getByText(name, { exact: true }).first().locator('xpath=../dd');
    await expect(fact('Picture size')).toHaveText(/^\d+ × \d+$/u);
    await expect(fact('Pictures a second')).toHaveText(/^\d+$/u);
    await expect(fact('Lost on the way')).toHaveText(/^\d+\.\d%$/u);
    await expect(fact('Data')).toHaveText(/^[\d,]+ kb\/s$/u);
    const opened = async () => Number((await fact('Opened frames').textContent())?.replaceAll(',', ''));
    const before = await opened();
    expect(before).toBeGreaterThan(0);
    const height = await theirs.evaluate((element) => element.getBoundingClientRect().height);
    await expect.poll(opened, { timeout: 4_000 }).toBeGreaterThan(before);
    await expect.poll(() => theirs.evaluate((element) => element.getBoundingClientRect().height)).toBe(height);
    await expectAccessible(page, 'the details');
  }

  await physicianPage.getByRole('button', { name: 'Copy for support' }).click();
  await expect(physicianPage.getByRole('button', { name: 'Copied' })).toBeVisible();
  const copied = await physicianPage.evaluate(() => navigator.clipboard.readText());
  expect(copied).toContain('Encryption: MLS_256_XWING_AES256GCM_SHA512_Ed25519');
  expect(copied).toMatch(/Person 1 \(patient, encrypted\), camera: VP8; \d+x\d+;/u);
  for (const name of [...patientName.split(' '), ...physicianName.split(' ').filter((word) => word.length > 3)]) {
    expect(copied).not.toContain(name);
  }
  expect(copied.replace(/^(Browser|Encryption):.*$/gmu, ''), 'no id, key or address').not.toMatch(
    /[\w-]{22,}|\d+\.\d+\.\d+/u,
  );
  await physicianPage.keyboard.press('Escape');
  await expect(physicianPage.getByRole('region', { name: 'Technical details' })).toHaveCount(0);
  await expect(physicianPage.getByRole('banner').getByRole('button')).toBeFocused();
});
