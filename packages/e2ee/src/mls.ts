import { type CredentialClaims, clockToleranceSeconds } from '@sotto/protocol/credential';
import {
  type CiphersuiteImpl,
  type ClientConfig,
  type ClientState,
  type CryptoProvider,
  decodeMlsMessage,
  defaultKeyPackageEqualityConfig,
  defaultPaddingConfig,
  encodeMlsMessage,
  generateKeyPackageWithKey,
  getCiphersuiteFromName,
  getCiphersuiteImpl,
  type KeyPackage,
  type MLSMessage,
  mlsExporter,
  type PrivateKeyPackage,
  type PrivateMessage,
  type Welcome,
} from 'ts-mls';
import { makeKeyPackageRef } from 'ts-mls/keyPackage.js';
import { decryptSenderData } from 'ts-mls/privateMessage.js';
import type { Authenticator } from './identity.ts';
import { sameOctets } from './octets.ts';

/** X-Wing (post-quantum hybrid) HPKE, AES-256-GCM, SHA-512, Ed25519: the only suite. */
export const suiteName = 'MLS_256_XWING_AES256GCM_SHA512_Ed25519';

/** ts-mls, set up the only way that it's used here. */
export interface Mls {
  cs: CiphersuiteImpl;
  config: ClientConfig;
  authenticator: Authenticator;
}

/** @param provider the primitives; ts-mls's own by default */
export async function loadMls(authenticator: Authenticator, provider?: CryptoProvider): Promise<Mls> {
  return {
    cs: await getCiphersuiteImpl(getCiphersuiteFromName(suiteName), provider),
    config: {
      // Application messages of the epoch before may still be on their way when a commit arrives.
      keyRetentionConfig: { retainKeysForGenerations: 10, retainKeysForEpochs: 2, maximumForwardRatchetSteps: 200 },
      lifetimeConfig: { maximumTotalLifetime: 86_400n, validateLifetimeOnReceive: true },
      keyPackageEqualityConfig: defaultKeyPackageEqualityConfig,
      paddingConfig: defaultPaddingConfig,
      authService: authenticator,
    },
    authenticator,
  };
}

export interface SignatureKeys {
  publicKey: Uint8Array;
  signKey: Uint8Array;
}

export interface OwnKeyPackage {
  publicPackage: KeyPackage;
  privatePackage: PrivateKeyPackage;
}

/** A key package that is good for exactly as long as its credential. */
export function makeKeyPackage(
  { cs }: Mls,
  identity: Uint8Array,
  claims: Pick<CredentialClaims, 'iat' | 'exp'>,
  keys: SignatureKeys,
): Promise<OwnKeyPackage> {
  return generateKeyPackageWithKey(
    { credentialType: 'basic', identity },
    { versions: ['mls10'], ciphersuites: [suiteName], extensions: [], proposals: [], credentials: ['basic'] },
    { notBefore: BigInt(claims.iat - clockToleranceSeconds), notAfter: BigInt(claims.exp) },
    [],
    keys,
    cs,
  );
}

/** Overwrites the private halves; the package opens no Welcome any more. */
export function destroyKeyPackage({ privatePackage }: OwnKeyPackage): void {
  privatePackage.initPrivateKey.fill(0);
  privatePackage.hpkePrivateKey.fill(0);
}

/** The own package that a Welcome is for, if any (RFC 9420 section 12.4.3.1). */
export async function packageFor(
  { cs }: Mls,
  welcome: Welcome,
  packages: readonly OwnKeyPackage[],
): Promise<OwnKeyPackage | null> {
  for (const own of packages) {
    const reference = await makeKeyPackageRef(own.publicPackage, cs.hash);
    if (welcome.secrets.some(({ newMember }) => sameOctets(newMember, reference))) return own;
  }
  return null;
}

const encoded = (message: MLSMessage): Uint8Array<ArrayBuffer> => Uint8Array.from(encodeMlsMessage(message));

export const encodeKeyPackage = (keyPackage: KeyPackage): Uint8Array<ArrayBuffer> =>
  encoded({ version: 'mls10', wireformat: 'mls_key_package', keyPackage });
export const encodeWelcome = (welcome: Welcome): Uint8Array<ArrayBuffer> =>
  encoded({ version: 'mls10', wireformat: 'mls_welcome', welcome });
export const encodePrivateMessage = (privateMessage: PrivateMessage): Uint8Array<ArrayBuffer> =>
  encoded({ version: 'mls10', wireformat: 'mls_private_message', privateMessage });
export const encodeCommit = encoded;

/** @returns null unless the octets are one key package of the suite, to the last octet */
export function decodeKeyPackage(octets: Uint8Array): KeyPackage | null {
  const message = decode(octets);
  if (message?.wireformat !== 'mls_key_package' || message.keyPackage.cipherSuite !== suiteName) return null;
  return message.keyPackage;
}

export function decodeWelcome(octets: Uint8Array): Welcome | null {
  const message = decode(octets);
  return message?.wireformat === 'mls_welcome' && message.welcome.cipherSuite === suiteName ? message.welcome : null;
}

/** Public messages, and with them external commits, end here. */
export function decodePrivateMessage(octets: Uint8Array): PrivateMessage | null {
  const message = decode(octets);
  return message?.wireformat === 'mls_private_message' ? message.privateMessage : null;
}

function decode(octets: Uint8Array): MLSMessage | null {
  try {
    const decoded = decodeMlsMessage(octets, 0);
    return decoded?.[1] === octets.length ? decoded[0] : null;
  } catch {
    return null;
  }
}

/**
 * Who a private message claims to be by: true only once it has been processed, since the same leaf's key then
 * verified its signature.
 *
 * @returns leaf index; null if the message isn't of this state's current or a retained epoch
 */
export async function senderOf({ cs }: Mls, state: ClientState, message: PrivateMessage): Promise<number | null> {
  const secret =
    message.epoch === state.groupContext.epoch
      ? state.keySchedule.senderDataSecret
      : state.historicalReceiverData.get(message.epoch)?.senderDataSecret;
  if (secret === undefined) return null;
  return (await decryptSenderData(message, secret, cs).catch(() => undefined))?.leafIndex ?? null;
}

/** RFC 9420 section 8.5, with an empty context. */
export async function exportSecret(
  { cs }: Mls,
  state: ClientState,
  label: string,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const secret = await mlsExporter(state.keySchedule.exporterSecret, label, new Uint8Array(0), length, cs);
  return Uint8Array.from(secret);
}

/** Overwrites what is only good for an epoch that is over; what late application messages need stays. */
export function destroyEpoch(state: ClientState, consumed: readonly Uint8Array[]): void {
  for (const secret of consumed) secret.fill(0);
  const { exporterSecret, externalSecret, confirmationKey, membershipKey } = state.keySchedule;
  for (const secret of [exporterSecret, externalSecret, confirmationKey, membershipKey]) secret.fill(0);
}

/** Overwrites all secrets of a state that nothing will be processed with again. */
export function destroyState(state: ClientState): void {
  destroyEpoch(state, [state.keySchedule.initSecret, state.keySchedule.senderDataSecret]);
  state.keySchedule.resumptionPsk.fill(0);
  for (const key of Object.values(state.privatePath.privateKeys)) key.fill(0);
  const trees = [state.secretTree, ...[...state.historicalReceiverData.values()].map(({ secretTree }) => secretTree)];
  for (const tree of trees) {
    for (const { application, handshake } of tree) {
      for (const ratchet of [application, handshake]) {
        ratchet.secret.fill(0);
        for (const secret of Object.values(ratchet.unusedGenerations)) secret.fill(0);
      }
    }
  }
}
