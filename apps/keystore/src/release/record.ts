import type { PatientId } from '@sotto/protocol/ids';
import { type ReleaseRequest, releaseActions } from '@sotto/protocol/keystore';
import { type Bytes, sha256, toBase64url, utf8 } from '../bytes.ts';
import { entryOf } from '../log/entry.ts';
import type { Notice } from '../notices.ts';
import type { Judgement } from './judgement.ts';
import { actorOf, type ReleaseCall } from './releaseRequest.ts';

/** Of breaking the glass, or of trying to, one a patient; strangers give no alarm. */
export function noticesOf(
  { objects: asked, breakGlass }: ReleaseRequest,
  { viewer, objects }: Judgement,
  refusal: string | null,
  firstIndex: number,
  at: Date,
): Notice[] {
  if (breakGlass === null || viewer === null) return [];
  const subject = viewer.kind === 'staff' ? viewer.subject : null;
  const kind = refusal === null ? 'breakGlass' : 'breakGlassRefused';
  const about = { kind, subject, at } as const;
  if (objects.length === 0) return [{ ...about, pseudonym: null, index: firstIndex }];
  const known = asked.flatMap((id) => objects.find(({ object }) => object === id) ?? []);
  const first = new Map<PatientId, number>();
  for (const [place, { pseudonym }] of known.entries()) {
    if (!first.has(pseudonym)) first.set(pseudonym, firstIndex + place);
  }
  return [...first].map(([pseudonym, index]) => ({ ...about, pseudonym, index }));
}

/** One entry an object; about the request where no object is known, or it isn't known who asks. */
export function entriesOf(
  { request, relayed }: ReleaseCall,
  requestHash: Bytes,
  { viewer, objects }: Judgement,
  refusal: string | null,
  at: Date,
) {
  const common = {
    actor: viewer === null ? 'unverified' : actorOf(request),
    role: viewer?.role ?? 'unverified',
    action: releaseActions[request.use],
    purpose: request.breakGlass === null ? request.purpose : `${request.purpose}:${request.breakGlass}`,
    ...{ address: relayed.address, userAgent: relayed.userAgent, session: request.id },
    before: refusal === null ? null : toBase64url(sha256(utf8(refusal))),
    after: toBase64url(requestHash),
    outcome: refusal === null ? ('allowed' as const) : ('refused' as const),
  };
  const byId = new Map(objects.map((object) => [object.object, object]));
  const known = viewer === null ? [] : request.objects.flatMap((id) => byId.get(id) ?? []);
  // Strangers don't get to write into patients' histories.
  if (known.length === 0) return [entryOf(at, { ...common, resource: `request:${request.id}` })];
  return known.map(({ object, pseudonym }) =>
    entryOf(at, { ...common, resource: `object:${object}`, patient: pseudonym }),
  );
}
