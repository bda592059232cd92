import { path, readEnvironment, readPublic, readSecret } from '@sotto/service/environment';
import { StartError } from '@sotto/service/errors';
import * as z from 'zod';
import { type AlertChannels, smsChannel, webhookChannel } from './alertChannels.ts';

const receiver = z.url({ protocol: /^https$/ }).max(512);
const numbers = z
  .string()
  .regex(/^\+\d{6,15}(,\+\d{6,15}){0,9}$/)
  .transform((text) => text.split(','));

const variables = {
  API_ALERT_WEBHOOK_URL: receiver.optional(),
  /** At least 32 characters, which the receiver knows too. */
  API_ALERT_WEBHOOK_KEY_FILE: path.optional(),
  API_ALERT_SMS_URL: receiver.optional(),
  API_ALERT_SMS_TOKEN_FILE: path.optional(),
  /** Comma-separated, each as E.164 has it. */
  API_ALERT_SMS_TO: numbers.optional(),
  /** Of receivers whose certificates the machine doesn't know. */
  API_ALERT_CA: path.optional(),
};

const leastKey = 32;

/** By what incidents are told besides mail, from the environment. @throws StartError naming the variable at fault */
export function configureAlertChannels(): AlertChannels {
  const named = readEnvironment(variables);
  const { API_ALERT_CA: caFile } = named;
  const ca = caFile === undefined ? null : readPublic(caFile, 'API_ALERT_CA');
  return { ...webhookOf(named, ca), ...smsOf(named, ca) };
}

type Named = ReturnType<typeof readEnvironment<typeof variables>>;

function webhookOf(
  { API_ALERT_WEBHOOK_URL: url, API_ALERT_WEBHOOK_KEY_FILE: file }: Named,
  ca: string | null,
): Pick<AlertChannels, 'webhook'> {
  if (url === undefined) return {};
  const key = file === undefined ? '' : readSecret(file, 'API_ALERT_WEBHOOK_KEY_FILE');
  if (key.length < leastKey) {
    throw new StartError(`API_ALERT_WEBHOOK_KEY_FILE must name a file with a key of at least ${leastKey} characters.`);
  }
  return { webhook: webhookChannel({ url, ca }, key) };
}

function smsOf(
  { API_ALERT_SMS_URL: url, API_ALERT_SMS_TOKEN_FILE: file, API_ALERT_SMS_TO: to }: Named,
  ca: string | null,
): Pick<AlertChannels, 'sms'> {
  if (url === undefined) return {};
  if (file === undefined || to === undefined) {
    throw new StartError(
      'Set API_ALERT_SMS_TOKEN_FILE and API_ALERT_SMS_TO in the environment, or no API_ALERT_SMS_URL.',
    );
  }
  return { sms: smsChannel({ url, ca }, readSecret(file, 'API_ALERT_SMS_TOKEN_FILE'), to) };
}
