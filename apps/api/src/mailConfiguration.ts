import { host, parseJson, path, port, readEnvironment, readPublic, readSecret } from '@sotto/service/environment';
import { StartError } from '@sotto/service/errors';
import * as z from 'zod';
import { type MailTransport, outboxTransport, smtpTransport } from './mailTransport.ts';

const variables = {
  /** `outbox`: mail is shown on a page and goes nowhere. */
  API_MAIL: z.enum(['outbox', 'smtp']).default('outbox'),
  API_SMTP_HOST: host.optional(),
  API_SMTP_PORT: port.default(587),
  API_SMTP_TLS: z.enum(['implicit', 'starttls']).default('starttls'),
  API_SMTP_FROM: z.email().max(254).optional(),
  /** JSON `{ "user", "password" }`. */
  API_SMTP_LOGIN_FILE: path.optional(),
  /** Of a mail server whose certificate the machine doesn't know. */
  API_SMTP_CA: path.optional(),
};

const login = z.strictObject({ user: z.string().min(1), password: z.string().min(1) });

/**
 * Where mail goes, from the environment.
 *
 * @param onFault told by a code of what keeps mail from being sent
 * @throws StartError naming the variable at fault
 */
export function configureMail(onFault: (code: string) => void): MailTransport {
  const named = readEnvironment(variables);
  if (named.API_MAIL === 'outbox') return outboxTransport;
  const { API_SMTP_HOST: server, API_SMTP_FROM: from, API_SMTP_LOGIN_FILE: loginFile, API_SMTP_CA: caFile } = named;
  if (server === undefined || from === undefined) {
    throw new StartError('Set API_SMTP_HOST and API_SMTP_FROM in the environment, or API_MAIL to outbox.');
  }
  const variable = 'API_SMTP_LOGIN_FILE';
  return smtpTransport({
    ...{ host: server, port: named.API_SMTP_PORT, tls: named.API_SMTP_TLS, from, onFault },
    ca: caFile === undefined ? null : readPublic(caFile, 'API_SMTP_CA'),
    login: loginFile === undefined ? null : parseJson(readSecret(loginFile, variable), login, variable),
  });
}
