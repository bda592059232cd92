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

/**
 * Tells patients who wish it what was opened: by the keystore's log, not by what passed here. What a look misses isn't lost: log and
 * queue have it. Only counts are logged.
 */
export function openPostbox(
  context: RecordsContext,
  transport: MailTransport,
  log: Pick<ApiLog, 'info' | 'error'>,
): RegularLook {
  const openings = lookRegularly(lookMs, async () => {
    try {
      await takeOpenings(context, log);
      const { unreadable, ...counts } = await sendDueMail(context, transport);
      if (unreadable > 0) log.error('mailFailed', { reason: 'mailUnreadable', count: unreadable });
      for (const [reason, count] of Object.entries(counts)) if (count > 0) log.info('mail', { reason, count });
    } catch (error) {
      log.error('mailFailed', { error });
    }
  });
  return {
    look: () => openings.look(),
    async close() {
      await openings.close();
      transport.close();
    },
  };
}
