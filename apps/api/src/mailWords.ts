import { type mailKinds, noticeLocales } from '@sotto/protocol/patientNotices';

export type MailKind = (typeof mailKinds)[number];
export type MailLocale = (typeof noticeLocales)[number];

/** A mail, ready to go. Plain text: nothing in it is fetched from anywhere, so nobody learns that it was read. */
export interface MailMessage {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** What a mail is made of besides its words. */
export interface MailFacts {
  readonly origin: string;
  /** Six digits; of a `code` alone. */
  readonly code?: string;
  /** By which its reader ends the notices; of an `opened` alone. */
  readonly stopSecret?: string;
  /** By which an account is begun; of an `invited` alone. */
  readonly accountSecret?: string;
  /** By which a password is chosen; of a `newPassword` alone. */
  readonly passwordSecret?: string;
}

/**
 * The words of a mail. None of them say who a patient is, who opened what, of which clinic or field, or why: a mail is read
 * by every server on its way, and over shoulders.
 */
export function wordsOf(kind: MailKind, locale: MailLocale, facts: MailFacts): Omit<MailMessage, 'to'> {
  const [subject, ...paragraphs] = words[locale][kind]({
    ...{ code: facts.code ?? '', portal: `${facts.origin}/${locale}/portal/` },
    incidents: `${facts.origin}/${locale}/incidents/`,
    stop: `${facts.origin}/${locale}/stop-mail/#${facts.stopSecret ?? ''}`,
    account: accountLink(facts.origin, locale, facts.accountSecret ?? ''),
    password: `${facts.origin}/${locale}/new-password/#${facts.passwordSecret ?? ''}`,
    // In whichever language their browser asks for.
    sessions: `${facts.origin}/sessions/`,
  });
  return { subject, text: `${paragraphs.join('\n\n')}\n` };
}

/** The words of a mail to somebody whose language isn't known: in each, one after the other. */
export function wordsInEach(kind: MailKind, facts: MailFacts): Omit<MailMessage, 'to'> {
  const each = noticeLocales.map((locale) => wordsOf(kind, locale, facts));
  return {
    subject: each.map(({ subject }) => subject).join(' / '),
    text: each.map(({ text }) => text).join('\n— — —\n\n'),
  };
}

/** Where somebody who is invited sets their password. The secret goes behind the `#`, never to a server's log. */
export const accountLink = (origin: string, locale: MailLocale, secret: string): string =>
  `${origin}/${locale}/account/#${secret}`;

interface Given {
  readonly incidents: string;
  readonly account: string;
  readonly code: string;
  readonly portal: string;
  readonly stop: string;
  readonly password: string;
  readonly sessions: string;
}
type Words = Record<MailKind, (given: Given) => readonly [string, ...string[]]>;

const words: Record<MailLocale, Words> = {
  en: {
    code: ({ code }) => [
      'Your code',
      `Your code is ${code}. It works for 30 minutes, on the page that asked for it.`,
      'Did you not ask for it? Then do nothing: no more messages will come.',
    ],
    opened: ({ portal, stop }) => [
      'Something of yours was opened',
      'Something that is kept sealed for you was opened. When, and by whom, is in your own log, on the page below. You come in there with your passkey or recovery code. If you have none, open the link of your appointment first; if that link is old, ask your clinic for a new one.',
      portal,
      'What is opened within a few minutes is told in one message. This message has no names in it on purpose.',
      `You asked for these messages. To get no more of them: ${stop}`,
    ],
    invited: ({ account }) => [
      'Your account',
      'An account was made for you at the place where you work. Open this page and choose your password. The link works once, for two days.',
      account,
      'Did you not expect this? Then do nothing, and no account begins.',
    ],
    newDevice: ({ sessions }) => [
      'A new device signed in',
      'Somebody signed in to your account at work with a device that was never used for it before. Was that you? Then there is nothing to do.',
      'Was it not you? Then look here where you are signed in, end what isn’t yours, and tell whoever looks after your accounts:',
      sessions,
    ],
    signInChanged: ({ sessions }) => [
      'How you sign in was changed',
      'The way you sign in to your account at work was changed a moment ago. Was that you? Then there is nothing to do.',
      'Was it not you? Then tell whoever looks after your accounts at once, and look here where you are signed in:',
      sessions,
    ],
    newPassword: ({ password }) => [
      'Choose a new password',
      'Whoever looks after your accounts at work sent you this link, by which you choose a new password. It works once, for one day. If your account has an authenticator app or a passkey, you need that too.',
      password,
      'Did you not ask for it? Then do nothing, and tell them: your password stays as it is.',
    ],
    incident: ({ incidents }) => [
      'Something needs you now',
      'Unusual access was found. What it is, what was done already, and what is to be done is on this page; sign in to see it.',
      incidents,
      'This message has no names in it on purpose.',
    ],
    ended: ({ portal }) => [
      'No more messages',
      'You will get no more messages at this address when something of yours is opened. Was that not you? Then tell your clinic, and look here:',
      portal,
    ],
  },
  es: {
    code: ({ code }) => [
      'Su código',
      `Su código es ${code}. Sirve durante 30 minutos, en la página que lo pidió.`,
      '¿No lo ha pedido? Entonces no haga nada: no llegarán más mensajes.',
    ],
    opened: ({ portal, stop }) => [
      'Se ha abierto algo suyo',
      'Se ha abierto algo que se guarda sellado para usted. Quién lo abrió y cuándo consta en su propio registro, en la página de abajo. Allí entra con su llave o su código de recuperación. Si no tiene ninguno, abra antes el enlace de su cita; si ese enlace es antiguo, pida uno nuevo a su clínica.',
      portal,
      'Lo que se abre en pocos minutos se cuenta en un solo mensaje. Este mensaje no lleva nombres a propósito.',
      `Usted pidió estos mensajes. Para no recibir más: ${stop}`,
    ],
    invited: ({ account }) => [
      'Su cuenta',
      'Se ha creado una cuenta para usted en el lugar donde trabaja. Abra esta página y elija su contraseña. El enlace sirve una vez, durante dos días.',
      account,
      '¿No lo esperaba? Entonces no haga nada: no se abrirá ninguna cuenta.',
    ],
    newDevice: ({ sessions }) => [
      'Se ha conectado un dispositivo nuevo',
      'Alguien ha entrado en su cuenta del trabajo con un dispositivo que nunca se había usado para ella. ¿Ha sido usted? Entonces no tiene que hacer nada.',
      '¿No ha sido usted? Entonces mire aquí dónde tiene sesiones abiertas, cierre las que no sean suyas y avise a quien lleva las cuentas:',
      sessions,
    ],
    signInChanged: ({ sessions }) => [
      'Ha cambiado su forma de entrar',
      'Hace un momento cambió la forma de entrar en su cuenta del trabajo. ¿Ha sido usted? Entonces no tiene que hacer nada.',
      '¿No ha sido usted? Entonces avise enseguida a quien lleva las cuentas y mire aquí dónde tiene sesiones abiertas:',
      sessions,
    ],
    newPassword: ({ password }) => [
      'Elija una contraseña nueva',
      'Quien lleva las cuentas en su trabajo le ha enviado este enlace para que elija una contraseña nueva. Sirve una vez, durante un día. Si su cuenta tiene una aplicación de autenticación o una llave de acceso, también la necesitará.',
      password,
      '¿No lo ha pedido? Entonces no haga nada y avise: su contraseña sigue igual.',
    ],
    incident: ({ incidents }) => [
      'Algo le necesita ahora',
      'Se ha detectado un acceso inusual. Qué es, qué se ha hecho ya y qué hay que hacer está en esta página; inicie sesión para verlo.',
      incidents,
      'Este mensaje no lleva nombres a propósito.',
    ],
    ended: ({ portal }) => [
      'No habrá más mensajes',
      'Ya no recibirá mensajes en esta dirección cuando se abra algo suyo. ¿No ha sido usted? Entonces avise a su clínica y mire aquí:',
      portal,
    ],
  },
};
