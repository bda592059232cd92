import { type IdentityKey, identityKey } from '@sotto/protocol/credential';
import { type ClinicId, clinicId } from '@sotto/protocol/ids';
import { host, origins, parseJson, path, port, readEnvironment, readPublic } from '@sotto/service/environment';
import { loadTlsIdentity, type TlsIdentity } from '@sotto/service/tls';
import * as z from 'zod';

export interface ListenerSettings {
  readonly host: string;
  readonly port: number;
  readonly identity: TlsIdentity;
}

export interface SignalingSettings {
  /** Where browsers connect. */
  readonly clients: ListenerSettings & { readonly origins: readonly string[] };
  /** Where SFU nodes connect, by mutual TLS. */
  readonly control: ListenerSettings & { readonly ca: string };
  readonly clinic: ClinicId;
  /** The keys that may have signed a ticket. */
  readonly identityKeys: readonly IdentityKey[];
}

const variables = {
  SIGNALING_HOST: host,
  SIGNALING_PORT: port,
  SIGNALING_TLS_CERT: path,
  SIGNALING_TLS_KEY: path,
  SIGNALING_ORIGINS: origins,
  SIGNALING_CLINIC_ID: clinicId,
  SIGNALING_IDENTITY_KEYS_FILE: path,
  SIGNALING_CONTROL_HOST: host,
  SIGNALING_CONTROL_PORT: port,
  SIGNALING_CONTROL_CERT: path,
  SIGNALING_CONTROL_KEY: path,
  SIGNALING_CONTROL_CA: path,
};

/**
 * Reads the environment and the files that it names.
 *
 * @throws StartError with one sentence on what to correct
 */
export function readSettings(source: Readonly<Record<string, string | undefined>> = process.env): SignalingSettings {
  const environment = readEnvironment(variables, source);
  const keys = readPublic(environment.SIGNALING_IDENTITY_KEYS_FILE, 'SIGNALING_IDENTITY_KEYS_FILE');
  return {
    clients: {
      host: environment.SIGNALING_HOST,
      port: environment.SIGNALING_PORT,
      identity: loadTlsIdentity(environment.SIGNALING_TLS_CERT, environment.SIGNALING_TLS_KEY, 'SIGNALING_TLS'),
      origins: environment.SIGNALING_ORIGINS,
    },
    control: {
      host: environment.SIGNALING_CONTROL_HOST,
      port: environment.SIGNALING_CONTROL_PORT,
      identity: loadTlsIdentity(
        environment.SIGNALING_CONTROL_CERT,
        environment.SIGNALING_CONTROL_KEY,
        'SIGNALING_CONTROL',
      ),
      ca: readPublic(environment.SIGNALING_CONTROL_CA, 'SIGNALING_CONTROL_CA'),
    },
    clinic: environment.SIGNALING_CLINIC_ID,
    identityKeys: parseJson(keys, z.array(identityKey).min(1).max(16), 'SIGNALING_IDENTITY_KEYS_FILE'),
  };
}
