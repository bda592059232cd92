import type { KeystoreContext } from '../src/keystoreContext.ts';
import { openClinicPolicy } from '../src/release/clinicPolicy.ts';
import { productionPorts } from '../src/release/productionPorts.ts';
import { Releases } from '../src/release/releases.ts';
import type { RequestLedger } from '../src/requestLedger.ts';
import { Installation } from './installation.ts';
import { party } from './passkey.ts';
import { People } from './people.ts';
import { permittedReleases } from './permittedReleases.ts';

/** Releases under the clinic's own policy. */
export function clinicReleases(context: KeystoreContext, requests: RequestLedger): Releases {
  const policy = openClinicPolicy({ id: context.clinic, timeZone: 'Europe/Madrid' });
  return new Releases(productionPorts(context, { party, policy, requests }));
}

/**
 * A keystore of its own with a physician, and releases by it. Whoever begins it removes the installation.
 *
 * @param releasesOf by which policy; by default whatever passkeys allow
 */
export async function releaseScene(releasesOf = permittedReleases) {
  /** How far off the keystore's clock is. */
  const clock = { offsetMs: 0 };
  const installation = await Installation.start();
  const context = await installation.open({ offsetMs: () => clock.offsetMs });
  const people = await People.with(installation, context);
  const physician = await people.physician();
  return { installation, context, people, physician, clock, releases: releasesOf(context, people.requests) };
}
