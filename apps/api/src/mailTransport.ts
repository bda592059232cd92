import { createTransport } from 'nodemailer';
import type { MailMessage } from './mailWords.ts';

/**
 * `later`: it wasn't taken now. `refused`: it never will, such as for an address that doesn't exist. `unreachable`: the
 * server isn't there or lets nobody in, so no other mail would go either.
 */
export type SendOutcome = 'sent' | 'later' | 'refused' | 'unreachable';

/** Where mail goes. */
export interface MailTransport {
  /** Whether what was sent stays here to be read: because it went nowhere else. */
  readonly keepsMessages: boolean;
  /** @param id of the mail: of two with one id a mailbox may throw one away */
  send(id: string, message: MailMessage): Promise<SendOutcome>;
  close(): void;
}

/** Mail that nobody sends: it is shown on a page instead. */
export const outboxTransport: MailTransport = {
  keepsMessages: true,
  send: async () => 'sent',
  close: () => undefined,
};

export interface SmtpOptions {
  readonly host: string;
  readonly port: number;
  /** `implicit`: TLS from the first byte; `starttls`: before anything is said. Never without. */
  readonly tls: 'implicit' | 'starttls';
  /** Authorities that are believed besides the machine's own, PEM. */
  readonly ca: string | null;
  readonly login: { readonly user: string; readonly password: string } | null;
  /** Who it says it is from: an address. */
  readonly from: string;
  /** Told of whatever keeps mail from being sent: a code, no address and no words. */
  readonly onFault: (code: string) => void;
}

const timeoutMs = 20_000;

/** A mail server over TLS (RFC 8314, RFC 3207). */
export function smtpTransport({ host, port, tls, ca, login, from, onFault }: SmtpOptions): MailTransport {
  const transporter = createTransport({
    ...{ host, port, secure: tls === 'implicit', requireTLS: true },
    ...(login === null ? {} : { auth: { user: login.user, pass: login.password } }),
    tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true, ...(ca === null ? {} : { ca }) },
    ...{ connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs },
    ...{ disableFileAccess: true, disableUrlAccess: true, logger: false },
  });
  const domain = from.split('@')[1] ?? 'localhost';
  return {
    keepsMessages: false,
    async send(id, message) {
      try {
        await transporter.sendMail({
          ...message,
          // As one address, whatever is in it: as text it would be parsed for more.
          to: { name: '', address: message.to },
          from,
          messageId: `<${id}@${domain}>`,
          headers: { 'Auto-Submitted': 'auto-generated' },
        });
        return 'sent';
      } catch (fault) {
        const { code, command, response } = faultOf(fault);
        onFault(code);
        // What the server says of this very address: a login or a sender that it doesn't take may be mended.
        const isOfAddress = code === 'EENVELOPE' && command === 'RCPT TO';
        if (isOfAddress && response >= 500 && response < 600) return 'refused';
        return code === 'EENVELOPE' || code === 'EMESSAGE' ? 'later' : 'unreachable';
      }
    },
    close: () => transporter.close(),
  };
}

function faultOf(fault: unknown): { code: string; command: string; response: number } {
  if (typeof fault !== 'object' || fault === null) return { code: 'unknown', command: '', response: 0 };
  const code = 'code' in fault && typeof fault.code === 'string' ? fault.code : 'unknown';
  const response = 'responseCode' in fault && typeof fault.responseCode === 'number' ? fault.responseCode : 0;
  const command = 'command' in fault && typeof fault.command === 'string' ? fault.command : '';
  return { code: /^[A-Z_]{1,32}$/.test(code) ? code : 'unknown', command, response };
}
