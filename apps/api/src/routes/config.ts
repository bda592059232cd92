import { type CliniciansSetting, clientConfig, health } from '@sotto/protocol/clinic';
import { accepted } from '@sotto/protocol/result';
import type { Listener } from '@sotto/service/listener';
import { eq } from 'drizzle-orm';
import { answer, refusals, refuse } from '../answer.ts';
import type { ClinicContext } from '../clinicContext.ts';
import { clinicTable } from '../schema.ts';

export interface PublicFacts {
  readonly signalingUrl: string;
  /** Which physicians the clinic's visits take. */
  readonly clinicians: CliniciansSetting;
  /** Throws if the database doesn't answer. */
  readonly ping: () => Promise<void>;
}

/** What anybody may ask. */
export function addConfigRoutes(
  api: Listener,
  context: ClinicContext,
  { signalingUrl, clinicians, ping }: PublicFacts,
): void {
  api.route({
    method: 'GET',
    url: '/config',
    config: { access: { public: 'What a client needs before anybody has signed in.' } },
    schema: { response: { 200: clientConfig, ...refusals } },
    handler: async (_request, reply) => {
      const [clinic] = await context.database
        .select({ id: clinicTable.id, name: clinicTable.name })
        .from(clinicTable)
        .where(eq(clinicTable.id, context.clinicId));
      if (!clinic) return refuse(reply, 'unavailable');
      return answer(
        reply,
        accepted({
          ...{ clinic, signalingUrl, identityKeys: [...context.issuer.publicKeys], clinicians },
          birthDates: context.birthDates,
        }),
      );
    },
  });

  api.route({
    method: 'GET',
    url: '/health',
    config: { access: { public: 'Says only whether the api serves.' } },
    schema: { response: { 200: health, ...refusals } },
    handler: async (_request, reply) => {
      await ping();
      return answer(reply, accepted({ status: 'ok' }));
    },
  });
}
