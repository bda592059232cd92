import { noticesView } from '@sotto/protocol/records';
import * as z from 'zod';

/** The same as the contract has it, but for kinds: one that this page doesn't know must not hide the others. */
export const shownNotices = noticesView.extend({
  notices: z.array(noticesView.shape.notices.element.extend({ kind: z.string().regex(/^[a-zA-Z]{1,32}$/) })),
});
export type ShownNotice = z.infer<typeof shownNotices>['notices'][number];

/** What can't wait comes first: rules that were broken, then a log that nobody watches. */
const urgency = [
  'breakGlass',
  'breakGlassRefused',
  'unwitnessed',
  'other',
  'assist',
  'patientKey',
  'shred',
  'restrictionLifted',
  'restriction',
  'revocation',
  'enrolment',
] as const;
export type NoticeWords = (typeof urgency)[number];

const grave: readonly NoticeWords[] = ['breakGlass', 'breakGlassRefused', 'unwitnessed', 'other'];

/** Under which key of the messages (`notices.kind`) it is told. */
export const noticeWords = ({ kind }: Pick<ShownNotice, 'kind'>): NoticeWords =>
  urgency.find((one) => one === kind) ?? 'other';

export const isGraveNotice = (notice: Pick<ShownNotice, 'kind'>): boolean => grave.includes(noticeWords(notice));

export const mostUrgentFirst = (notices: readonly ShownNotice[]): readonly ShownNotice[] =>
  [...notices].sort((a, b) => urgency.indexOf(noticeWords(a)) - urgency.indexOf(noticeWords(b)) || b.id - a.id);
