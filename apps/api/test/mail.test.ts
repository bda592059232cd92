import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import type { TlsIdentity } from '@sotto/service/tls';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type SmtpOptions, smtpTransport } from '../src/mailTransport.ts';
import { wordsOf } from '../src/mailWords.ts';
import { newCertificate } from './certificate.ts';

const login = { user: 'sotto', password: 'a password of the clinic’s' };
const message = {
  to: 'wilhelmina@example.org',
  ...wordsOf('code', 'es', { origin: 'https://c.example', code: '123456' }),
};

interface Received {
  readonly to: readonly string[];
  readonly from: string;
  readonly text: string;
  readonly isSecure: boolean;
}

let tls: TlsIdentity;
let received: Received[];
let faults: string[];
const servers: SMTPServer[] = [];

/** A real mail server on this machine. */
async function serve(isImplicit: boolean): Promise<number> {
  const server = new SMTPServer({
    ...{ key: tls.key, cert: tls.cert, secure: isImplicit, authMethods: ['PLAIN'] },
    onAuth: ({ username, password }, _session, done) =>
      username === login.user && password === login.password ? done(null, { user: username }) : done(new Error('no')),
    onMailFrom: ({ address }, _session, done) =>
      done(address.startsWith('stranger') ? Object.assign(new Error('not from here'), { responseCode: 550 }) : null),
    onRcptTo: ({ address }, _session, done) =>
      done(address.startsWith('nobody') ? Object.assign(new Error('no such user'), { responseCode: 550 }) : null),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => void chunks.push(chunk));
      stream.on('end', () => {
        const { rcptTo, mailFrom } = session.envelope;
        received.push({
          to: rcptTo.map(({ address }) => address),
          from: mailFrom === false ? '' : mailFrom.address,
          text: Buffer.concat(chunks).toString(),
          isSecure: session.secure,
        });
        done();
      });
    },
  });
  servers.push(server);
  server.on('error', () => undefined);
  const net = server.listen(0, '127.0.0.1');
  await new Promise((resolve) => net.once('listening', resolve));
  return (net.address() as AddressInfo).port;
}

const transportTo = (port: number, changes: Partial<SmtpOptions> = {}) =>
  smtpTransport({
    ...{ host: 'localhost', port, tls: 'starttls', ca: tls.cert, login, from: 'no-reply@clinic.example' },
    onFault: (code) => void faults.push(code),
    ...changes,
  });

beforeAll(async () => {
  tls = await newCertificate();
});
beforeEach(() => {
  received = [];
  faults = [];
});
afterAll(() => {
  for (const server of servers) server.close();
});

describe('mail by SMTP', () => {
  it.each(['starttls', 'implicit'] as const)('arrives over TLS (%s), with its words and nothing else', async (kind) => {
    const transport = transportTo(await serve(kind === 'implicit'), { tls: kind });
    expect(await transport.send('AAAAAAAAAAAAAAAAAAAAAA', message)).toBe('sent');
    const [mail] = received;
    expect(mail).toMatchObject({ to: [message.to], from: 'no-reply@clinic.example', isSecure: true });
    expect(mail?.text).toContain('123456');
    expect(mail?.text).toContain('Message-ID: <AAAAAAAAAAAAAAAAAAAAAA@clinic.example>');
    expect(mail?.text).toContain('Auto-Submitted: auto-generated');
    expect(mail?.text).not.toContain('text/html');
    transport.close();
  });

  it('isn’t sent to a server whose certificate nobody vouches for, nor over a wire without TLS', async () => {
    const port = await serve(false);
    expect(await transportTo(port, { ca: null }).send('A', message)).toBe('unreachable');
    const plain = createServer((socket) => {
      socket.write('220 plain\r\n');
      socket.on('data', (chunk: Buffer) => {
        if (/^(?:MAIL|AUTH|DATA)/imu.test(chunk.toString())) faults.push('SPOKE');
        socket.write(/^EHLO/iu.test(chunk.toString()) ? '250 plain\r\n' : '502 no\r\n');
      });
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    expect(await transportTo((plain.address() as AddressInfo).port).send('A', message)).toBe('unreachable');
    plain.close();
    expect(received).toEqual([]);
    expect(faults).toHaveLength(2);
    expect(faults).not.toContain('SPOKE');
  });

  it('is tried again where the server isn’t there or the login doesn’t work, and not where the address is nobody’s', async () => {
    const port = await serve(false);
    expect(await transportTo(9).send('A', message)).toBe('unreachable');
    expect(await transportTo(port, { login: { ...login, password: 'x' } }).send('A', message)).toBe('unreachable');
    expect(await transportTo(port).send('A', { ...message, to: 'nobody@example.org' })).toBe('refused');
    expect(received).toEqual([]);
    expect(faults).toHaveLength(3);
    // What a log gets to know of it.
    expect(faults.join()).not.toMatch(/example|password|@/u);
  });

  it('is tried again where the server takes nothing from us, until that is mended', async () => {
    const port = await serve(false);
    expect(await transportTo(port, { from: 'stranger@clinic.example' }).send('A', message)).toBe('later');
    expect(faults).toEqual(['EENVELOPE']);
  });

  it('has no second header or receiver, whatever an address says', async () => {
    const transport = transportTo(await serve(false));
    await transport.send('A', { ...message, to: 'a@example.org\r\nBcc: b@example.org' });
    expect(received.flatMap(({ to }) => to)).not.toContain('b@example.org');
  });
});

describe('the words of a mail', () => {
  it('say what happened and where to look, and nobody’s name, clinic or reason', () => {
    for (const locale of ['en', 'es'] as const) {
      const { subject, text } = wordsOf('opened', locale, { origin: 'https://c.example', stopSecret: 'S'.repeat(43) });
      expect(text).toContain(`https://c.example/${locale}/portal/`);
      expect(text).toMatch(/if that link is old, ask your clinic|si ese enlace es antiguo, pida uno nuevo/u);
      expect(text).toContain(`https://c.example/${locale}/stop-mail/#${'S'.repeat(43)}`);
      expect(`${subject}${text}`).not.toMatch(
        /\bDr\b|physician|médic|treatment|tratamiento|recording|grabación|note\b/iu,
      );
    }
  });
});
