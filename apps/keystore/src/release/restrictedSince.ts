import type { EntryDraft } from '@sotto/audit';
import { type ReleaseRequest, releaseActions } from '@sotto/protocol/keystore';
import { sha256, toBase64url, utf8 } from '../bytes.ts';
import { takeRecordingTurn } from '../database/recordingTurn.ts';
import type { KeystoreContext } from '../keystoreContext.ts';
import { entryOf } from '../log/entry.ts';
import type { RecordedRequest } from '../requestLedger.ts';
import { releasedEntries } from './releasedEntries.ts';

/**
 * Logs that a release which had been allowed was asked for again and refused, since what it is of was restricted meanwhile:
 * each of its entries once more, with that outcome (SPEC.md section 7.1).
 */
export async function logRestrictedSince(
  { database, log, now }: Pick<KeystoreContext, 'database' | 'log' | 'now'>,
  recorded: RecordedRequest,
  request: ReleaseRequest,
): Promise<void> {
  const refused = { before: toBase64url(sha256(utf8('restricted'))), outcome: 'refused' } as const;
  const at = now();
  await database.transaction(async (transaction) => {
    await takeRecordingTurn(transaction);
    const drafts = (await releasedEntries(transaction, recorded, request)).map(
      ({ actor, role, action, resource, patient, purpose, address, userAgent, session, after }): EntryDraft =>
        entryOf(at, {
          ...{ actor, role, action, resource, patient, purpose, address, userAgent, session, after },
          ...refused,
        }),
    );
    await log.append(transaction, drafts.length > 0 ? drafts : [erased()]);
  });

  /** Of entries that were erased nobody says any more who it was. */
  function erased(): EntryDraft {
    const about = { action: releaseActions[request.use], resource: `request:${request.id}`, session: request.id };
    return entryOf(at, { actor: 'unverified', role: 'unverified', ...about, ...refused });
  }
}
