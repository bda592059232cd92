import { type CoreSettings, configureCore } from '../configuration.ts';
import { type Keystore, openKeystore } from '../keystore.ts';
import { openConfiguredMasterKey } from '../master/configuredMasterKey.ts';
import type { SigningPolicy } from '../release/policy.ts';

/** Nobody signs on the host: what is done there, whoever runs the machine does. */
const nobodySigns: SigningPolicy = { maySign: () => false };

/** Opens the keystore that the environment names for as long as `use` runs. @throws StartError */
export async function withKeystore<T>(use: (keystore: Keystore, settings: CoreSettings) => Promise<T>): Promise<T> {
  const settings = configureCore();
  const keystore = await openKeystore(
    settings,
    await openConfiguredMasterKey({ mayCreate: false }),
    nobodySigns,
    () => undefined,
  );
  try {
    return await use(keystore, settings);
  } finally {
    await keystore.close();
  }
}
