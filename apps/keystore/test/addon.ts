import { ensurePkcs11Addon } from '@sotto/infra/pkcs11Addon';

/** Before any test file is loaded: what it imports can't be, without the addon. */
export const setup = async (): Promise<void> => {
  await ensurePkcs11Addon();
};
