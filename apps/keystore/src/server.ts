import { requestId } from '@sotto/protocol/keystore';
import type { KeystoreCode } from '@sotto/protocol/keystoreRoutes';
import { createListener, type Listener } from '@sotto/service/listener';
import { mutualTlsServerOptions, pinPeer, type TlsIdentity } from '@sotto/service/tls';
import { LogStopped, MasterKeyError, PatientShredded, ReleaseStopped, VisitOfAnother } from './errors.ts';
import { newId } from './ids.ts';
import { refuse } from './routes/answer.ts';
import { addKeystoreRoutes } from './routes/keystoreRoutes.ts';
import type { RouteParts } from './routes/routeParts.ts';

/** The name that a caller's certificate must have: nobody else talks to the keystore. */
const callerName = 'api.sotto.internal';

/** A release with 64 objects and a post-quantum key is under 16 KiB; the assertion under 8. */
const maxBodyBytes = 32 * 1024;

export interface ServerParts extends RouteParts {
  readonly tls: TlsIdentity;
  /** Certificate of the authority that certifies callers, PEM. */
  readonly ca: string;
}

/** What a fault is to the caller: nothing of its text leaves the process. */
function codeOf(fault: unknown): KeystoreCode | null {
  if (fault instanceof LogStopped) return 'logStopped';
  if (fault instanceof ReleaseStopped) return fault.code;
  if (fault instanceof PatientShredded || fault instanceof VisitOfAnother) return fault.code;
  return fault instanceof MasterKeyError ? 'masterKey' : null;
}

const eventOf = (fault: unknown): 'logStopped' | 'masterKeyFailed' | null => {
  if (fault instanceof LogStopped) return 'logStopped';
  return fault instanceof MasterKeyError ? 'masterKeyFailed' : null;
};

/** The server with all its routes, not listening yet: TLS 1.3, a certificate required, the caller pinned by name. */
export function createServer({ tls, ca, ...parts }: ServerParts): Listener {
  const { log } = parts;
  const listener = createListener({
    ...{ tls: mutualTlsServerOptions(tls, ca), maxBodyBytes, newRequestId: () => newId(requestId) },
    ...{ codeOf, eventOf, refuse, log },
  });
  pinPeer(listener.server, callerName, () => log.warn('callerRefused', { reason: 'otherName' }));
  addKeystoreRoutes(listener, parts);
  return listener;
}
