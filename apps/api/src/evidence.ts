import { type IncidentId, incidentId } from '@sotto/protocol/incidents';
import { sha256Text } from '@sotto/protocol/keystore';
import { accepted } from '@sotto/protocol/result';
import { StartError } from '@sotto/service/errors';
import * as z from 'zod';
import { incidentEvidence } from './alerts/incidentEvidence.ts';
import { incidentResource } from './alerts/incidents.ts';
import { recordedOnHost } from './audit/hostRecord.ts';
import { onHost } from './onHost.ts';

/**
 * The clinic's part of the evidence of an incident, on its own host (`npm run evidence`): prints what its database has of it, and
 * records in the platform's log that evidence was kept, by the hash of its manifest.
 *
 * Environment: as `onHost`.
 */
const usage = `Usage: node apps/api/src/evidence.ts show INCIDENT
       node apps/api/src/evidence.ts record INCIDENT HASH
An incident is named as in the address of its entry on /incidents/; a hash is SHA-256 in base64url.`;

const asked = z.union([
  z.tuple([z.literal('show'), incidentId]),
  z.tuple([z.literal('record'), incidentId, sha256Text]),
]);

function parse(): z.infer<typeof asked> {
  const { success, data } = asked.safeParse(process.argv.slice(2));
  if (!success) throw new StartError(usage);
  return data;
}

function requireFound<T>(found: T | null): T {
  if (found === null) throw new StartError('The clinic has no such incident.');
  return found;
}

await onHost(parse, async ({ clinicId, database, now }, [does, incident, hash]) => {
  const found = requireFound(await incidentEvidence({ clinicId, database }, incident satisfies IncidentId));
  if (does === 'show') {
    process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
    return;
  }
  await recordedOnHost(database, { clinicId, now }, async ({ note }) => {
    note({ action: 'incident:evidence', resource: incidentResource(incident), after: hash });
    return accepted(undefined);
  });
});
