import * as z from 'zod';

/**
 * Mail to patients when somebody else has opened something of theirs. It says nothing but that, and where to look.
 *
 * | route | who | body | answer |
 * |---|---|---|---|
 * | `GET /api/portal/notices` | visit: the patient | — | `patientNotices` |
 * | `PUT /api/portal/notices` | visit: the patient | `noticeRequest` | 204; a code goes to that address |
 * | `POST /api/portal/notices/confirmation` | visit: the patient | `noticeConfirmation` | 204; `forbidden` for another code, `wrongState` when none waits |
 * | `DELETE /api/portal/notices` | visit: the patient | — | 204 |
 * | `POST /api/notices/end` | whoever has a mail's link | `noticeEnding` | 204; `notFound` when it was used, or there are no notices any more |
 * | `GET /api/outbox` | officer, where mail isn't sent | — | `outbox`; `notFound` where it is sent |
 */
export const noticeLocales = ['en', 'es'] as const;
export const mailKinds = [
  ...['code', 'opened', 'ended', 'invited'],
  ...['newDevice', 'signInChanged', 'newPassword', 'incident'],
] as const;

export const patientNotices = z.strictObject({
  /** `waits`: for the code that was sent there. */
  state: z.enum(['off', 'waits', 'on']),
  /** So much of the address that its owner knows it; null where there is none. */
  hint: z.string().nullable(),
  /** False where no mail server is set up: then mail is shown to officers, and goes nowhere. */
  isSent: z.boolean(),
});
export type PatientNotices = z.infer<typeof patientNotices>;

export const noticeRequest = z.strictObject({
  /** One address, and nothing that a mail's header would take for more. */
  address: z.email().max(254),
  /** Of the mail's words. */
  locale: z.enum(noticeLocales),
});
export type NoticeRequest = z.infer<typeof noticeRequest>;

export const noticeConfirmation = z.strictObject({ code: z.string().regex(/^\d{6}$/) });
export const noticeEnding = z.strictObject({ secret: z.string().regex(/^[\w-]{43}$/) });

export const maxOutboxRead = 100;
/** Messages that would have been sent, newest first. */
export const outbox = z.strictObject({
  messages: z
    .array(
      z.strictObject({
        at: z.iso.datetime(),
        kind: z.enum(mailKinds),
        to: z.string(),
        subject: z.string(),
        text: z.string(),
      }),
    )
    .max(maxOutboxRead),
});
export type Outbox = z.infer<typeof outbox>;
