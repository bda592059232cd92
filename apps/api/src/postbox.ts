import { lookRegularly, type RegularLook } from '@sotto/service/lookRegularly';
import type { ApiLog } from './events.ts';
import { sendDueMail } from './mailQueue.ts';
import type { MailTransport } from './mailTransport.ts';
import { tellOpenings, toldThrough } from './patientNotices.ts';
import type { RecordsContext } from './relay.ts';

/** How often the keystore is asked what was opened, and what is due is sent. */
const lookMs = 10_000;

/** Takes what was opened from the keystore's log, as far as there is more, and queues mail about it. */
async function takeOpenings(context: RecordsContext, log: Pick<ApiLog, 'error'>): Promise<void> {
  for (;;) {
    const after = await toldThrough(context);
    const asked = await context.keystore.readOpenings(after);
    // It is asked again; that it doesn't answer is logged where it was asked.
    if (asked.tag !== 'answered') return;
    const { unreadable } = await tellOpenings(context, after, asked.value);
    const { undecodable } = asked.value;
    if (unreadable > 0) log.error('mailFailed', { reason: 'addressUnreadable', count: unreadable });
    if (undecodable > 0) log.error('mailFailed', { reason: 'entryUndecodable', count: undecodable });
    if (after === undefined || asked.value.through <= after) return;
  }
}

async function sendMail(
  context: RecordsContext,
  transport: MailTransport,
  log: Pick<ApiLog, 'info' | 'error'>,
): Promise<void> {
  const { unreadable, ...counts } = await sendDueMail(context, transport);
  if (unreadable > 0) log.error('mailFailed', { reason: 'mailUnreadable', count: unreadable });
  for (const [reason, count] of Object.entries(counts)) if (count > 0) log.info('mail', { reason, count });
}

/**
 * Tells patients who wish it what was opened: by the keystore's log, not by what passed here. What a look misses isn't lost: log and
 * queue have it. Only counts are logged.
 */
export function openPostbox(
  context: RecordsContext,
  transport: MailTransport,
  log: Pick<ApiLog, 'info' | 'error'>,
): RegularLook {
  /** What fails keeps nothing from going on that needs it not. */
  const attempt = (step: Promise<void>) => step.catch((error: unknown) => log.error('mailFailed', { error }));

  const looking = lookRegularly(lookMs, async () => {
    await attempt(takeOpenings(context, log));
    await attempt(sendMail(context, transport, log));
  });
  return {
    look: () => looking.look(),
    async close() {
      await looking.close();
      transport.close();
    },
  };
}
