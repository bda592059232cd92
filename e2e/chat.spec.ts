import { expectAccessible } from './accessible.ts';
import { expect, test } from './fixtures.ts';
import { marked } from './marker.ts';
import { meet, seeEachOther, signIn } from './meeting.ts';
import { ChatPanel } from './pages/chatPanel.ts';
import { JoinPage } from './pages/joinPage.ts';
import { SignalingLine } from './signalingLine.ts';

const chiara = marked('Chiara Lund');
const dario = marked('Dario Quist');
const elif = marked('Elif Brandt');
const gustav = marked('Gustav Ro');
const advice = marked('please take the tablets at noon.');

test('two people write to each other, and a reload forgets what was written', async ({
  physicianPage,
  patientPage,
  system,
}) => {
  test.setTimeout(240_000);
  const meeting = await meet({ physicianPage, patientPage, system }, chiara);
  const [physician, patient] = [new ChatPanel(physicianPage), new ChatPanel(patientPage)];

  await physicianPage.keyboard.press('c');
  await expect(physician.field).toBeFocused();
  await expect(physician.field).toHaveValue('');
  await expect(physician.panel.getByText('Messages are end-to-end encrypted')).toBeVisible();
  await physicianPage.keyboard.type('Good morning,');
  await physicianPage.keyboard.press('Shift+Enter');
  await physicianPage.keyboard.type(advice);
  await physicianPage.keyboard.press('Enter');
  await expect(physician.message('Good morning')).toContainText('Delivered');
  await expect(physician.field).toHaveValue('');

  await expect(patientPage.getByText(`${meeting.physicianName} wrote you a message`)).toBeVisible();
  await expect(patientPage.getByRole('status').filter({ hasText: 'wrote in the chat. 1 new message' })).toHaveCount(1);
  await expect(patient.opener).toHaveAccessibleName(/1 new message/u);
  await patientPage.getByRole('button', { name: 'Read', exact: true }).click();
  const heard = patient.message('please take the tablets');
  await expect(heard).toContainText(meeting.physicianName);
  await expect(heard).toContainText('Clinician');
  await expect(heard.locator('p[dir="auto"]')).toHaveText(`Good morning,\n${advice}`);
  await patient.say(marked('I will, thank you'));
  await expect(patient.message('I will')).toContainText('Delivered');
  await expect(physician.message('I will')).toContainText('Patient');
  await expectAccessible(patientPage, "the patient's chat");
  await expectAccessible(physicianPage, "the physician's chat");

  await patientPage.keyboard.press('Escape');
  await expect(patient.panel).toHaveCount(0);
  await expect(patient.opener).toBeFocused();
  await expect(patient.opener).toHaveAccessibleName('Chat');

  await patientPage.reload();
  await seeEachOther(meeting);
  await patient.open();
  await expect(patient.panel.getByText('What was written before is not shown')).toBeVisible();
  await expect(patient.message('Good morning')).toHaveCount(0);
  await expect(physician.message('Good morning')).toHaveCount(1);
  await patient.say(marked('Back again'));
  await expect(physician.message('Back again')).toContainText(chiara);
  await physician.say(marked('I see you'));
  await expect(patient.message('I see you')).toHaveCount(1);
  await expect(physician.message('I see you')).toContainText('Delivered');
});

test('what is written while the other is offline waits, and arrives once', async ({
  physicianPage,
  patientPage,
  system,
}) => {
  test.setTimeout(240_000);
  const line = await SignalingLine.of(patientPage, system);
  await meet({ physicianPage, patientPage, system }, dario);
  const [physician, patient] = [new ChatPanel(physicianPage), new ChatPanel(patientPage)];
  await physician.open();
  line.cut();
  await physician.say(marked('Are you there?'));
  const message = physician.message('Are you there?');
  await expect(message).toContainText('Sending…');
  await expect(message).toContainText(`Waiting for ${dario}, who lost the connection`, { timeout: 60_000 });
  await line.mend();
  await expect(message).toContainText('Delivered', { timeout: 60_000 });
  await patient.open();
  await expect(patient.message('Are you there?')).toHaveCount(1);
});

test('what can’t be delivered says so, and arrives when it is tried again', async ({
  physicianPage,
  patientPage,
  patientContext,
  system,
}) => {
  test.setTimeout(300_000);
  const line = await SignalingLine.of(patientPage, system);
  const meeting = await meet({ physicianPage, patientPage, system }, elif);
  const physician = new ChatPanel(physicianPage);
  await physician.open();
  line.cut();
  await physician.say(marked('Please come back'));
  const message = physician.message('Please come back');
  await expect(message).toContainText('Sending…');
  await patientPage.close();
  await expect(message).toContainText('Not delivered', { timeout: 150_000 });

  const again = await patientContext.newPage();
  const join = new JoinPage(again);
  await join.open(meeting.link);
  const back = await (await join.confirm()).enter();
  await meeting.physician.admitButton(elif).or(meeting.physician.remoteVideo(elif)).first().waitFor();
  if (await meeting.physician.admitButton(elif).isVisible()) {
    await meeting.physician.admitButton(elif).click();
  }
  await seeEachOther({ ...meeting, patient: back });
  await message.getByRole('button', { name: 'Try again' }).click();
  await expect(message).toContainText('Delivered');
  const patient = new ChatPanel(again);
  await patient.open();
  await expect(patient.message('Please come back')).toHaveCount(1);
});

test('nobody hears what is said to an empty room, and it isn’t lost', async ({ physicianPage, system }) => {
  const today = await signIn(physicianPage, system);
  await today.createVisit(gustav);
  await (await today.startVisit(gustav)).enter();
  const physician = new ChatPanel(physicianPage);
  await physician.open();
  await physician.say(marked('Anybody?'));
  await expect(physician.panel.getByRole('alert')).toContainText('Nobody else is in the visit');
  await expect(physician.field).toHaveValue(marked('Anybody?'));
});

test('a message is text, whatever stands in it', async ({ physicianPage, patientPage, system }) => {
  test.setTimeout(240_000);
  await meet({ physicianPage, patientPage, system }, marked('Fumiko Sand'));
  const [physician, patient] = [new ChatPanel(physicianPage), new ChatPanel(patientPage)];
  await physician.open();
  await patient.open();
  const zeroWidth = 'pass\u200bword \u200f\u05d0\u05d1 1\u2060.\ufeff5 mg';
  for (const words of [
    '<img src=x onerror="document.title=\'broken\'"><b>bold</b>',
    '{name} &amp; <script>document.title="broken"</script>',
    'https://sotto.example/join#secret javascript:alert(1)',
    zeroWidth,
  ]) {
    const text = marked(words);
    await patient.say(text);
    await expect(physician.messages.last().locator('p[dir="auto"]')).toHaveText(text);
    await expect
      .poll(() =>
        physician.messages
          .last()
          .locator('p[dir="auto"]')
          .evaluate((shown) => shown.textContent),
      )
      .toBe(text);
  }
  for (const { panel, page } of [physician, patient]) {
    await expect(panel.getByRole('log').locator('img, script, b, a')).toHaveCount(0);
    expect(await page.title()).not.toBe('broken');
  }
  const isolation = await physician.messages
    .last()
    .locator('p[dir="auto"]')
    .evaluate((shown) => getComputedStyle(shown).unicodeBidi);
  expect(isolation).toMatch(/isolate|plaintext/u);

  await patient.say(marked('gpj.\u202eexe'));
  await expect(patient.panel.getByRole('alert')).toContainText('hidden characters');
  await expect(patient.field).toHaveValue(marked('gpj.\u202eexe'));
  await patient.field.fill('é'.repeat(32 * 1024 + 1));
  await expect(patient.panel.getByRole('alert')).toContainText('too long for one message');
  await expect(patient.sendButton).toBeDisabled();
  await patient.field.fill('é'.repeat(32 * 1024));
  await patient.field.press('Enter');
  await expect(patient.panel.getByRole('alert')).toHaveCount(0);
  await expect(physician.messages).toHaveCount(6);
  await expect(physician.messages.last()).toContainText('éééé');
  await expect(patient.messages.last()).toContainText('Delivered');
});
