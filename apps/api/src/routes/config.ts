import { type CliniciansSetting, clientConfig, health } from '@sotto/protocol/clinic';
import { accepted } from '@sotto/protocol/result';
import type { Listener } from '@sotto/service/listener';
import { eq } from 'drizzle-orm';
import { answer, refusals, refuse } from '../answer.ts';
import type { ClinicContext } from '../clinicContext.ts';
import type { OidcProvider } from '../oidcProvider.ts';
import { clinicTable } from '../schema.ts';

export interface PublicFacts {
  readonly signalingUrl: string;
  /** Which physicians the clinic's visits take. */
  readonly clinicians: CliniciansSetting;
  /** Throws if the database doesn't answer. */
  readonly ping: () => Promise<void>;
}

interface ConfigFacts extends PublicFacts {
  readonly provider: Pick<OidcProvider, 'label' | 'asksAnew'> | null;
}

/** What anybody may ask. */
export function addConfigRoutes(
  api: Listener,
  context: ClinicContext,
  { signalingUrl, clinicians, ping, provider }: ConfigFacts,
): void {
  api.route({
    method: 'GET',
    url: '/config',
    config: {
      access: {
        public: 'What a client needs before anybody has signed in.',
        open: { silent: 'The same for everybody, and about nobody.' },
      },
    },
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
          clinic,
          signalingUrl,
          identityKeys: [...context.issuer.publicKeys],
          clinicians,
          provider: provider && { label: provider.label, asksAnew: provider.asksAnew },
          birthDates: context.birthDates,
        }),
      );
    },
  });

  api.route({
    method: 'GET',
    url: '/health',
    config: {
      access: {
        public: 'Says only whether the api serves.',
        open: { silent: 'The same for everybody, and about nobody.' },
      },
    },
    schema: { response: { 200: health, ...refusals } },
    handler: async (_request, reply) => {
      await ping();
      return answer(reply, accepted({ status: 'ok' }));
    },
  });
}
