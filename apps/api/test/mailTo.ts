import { type Outbox, outbox } from '@sotto/protocol/patientNotices';
import { sendDueMail } from '../src/mailQueue.ts';
import { outboxTransport } from '../src/mailTransport.ts';
import type { TestClinic } from './clinic.ts';
import type { HttpClient } from './httpClient.ts';

/** The link to a new password that waits to be mailed to somebody, taken from the queue as a mail server does. */
export async function newPasswordSecret(clinic: TestClinic, email: string): Promise<string> {
  const texts: string[] = [];
  await sendDueMail(clinic.context, {
    keepsMessages: false,
    close: () => undefined,
    async send(_id, { to, text }) {
      if (to === email) texts.push(text);
      return 'sent';
    },
  });
  return /https:\S+\/new-password\/#(\S+)/.exec(texts.join('\n'))?.[1] ?? '';
}

/** What was mailed to somebody, the newest first, as an officer sees it; a new one, unless told otherwise. */
export async function mailTo(clinic: TestClinic, email: string, officer?: HttpClient): Promise<Outbox['messages']> {
  await sendDueMail(clinic.context, outboxTransport);
  const browser = officer ?? (await clinic.signIn(await clinic.addStaff('privacyOfficer')));
  const { messages } = outbox.parse((await browser.send('GET', '/api/outbox')).json);
  return messages.filter(({ to }) => to === email);
}
