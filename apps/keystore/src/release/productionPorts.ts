import type { Contained } from '@sotto/protocol/containment';
import type { ObjectId } from '@sotto/protocol/ids';
import type { CredentialId } from '@sotto/protocol/keystore';
import type { RelyingParty } from '@sotto/service/assertion';
import { findClinicians } from '../directory/clinician.ts';
import { findPatientCredential } from '../directory/patientCredential.ts';
import { gather } from '../gathering.ts';
import { findObjectsOfEach, openObject, type StoredObject } from '../keys/objectKeys.ts';
import { areOfOneRecording } from '../keys/recordedTracks.ts';
import { wasRegistered } from '../keys/registration.ts';
import { restrictedAmong } from '../keys/restricted.ts';
import type { KeystoreContext } from '../keystoreContext.ts';
import { areAlive, type NonceQuestion } from '../nonces.ts';
import { keepNotice } from '../notices.ts';
import type { RequestLedger } from '../requestLedger.ts';
import { containedAmong } from './containment.ts';
import { heldBack } from './heldBack.ts';
import type { Policy } from './policy.ts';
import type { ReleasePorts, TwoApprovers } from './releasePorts.ts';
import { isRestrictedSince } from './restrictedSince.ts';
import { sealToViewer } from './sealedKey.ts';

/** The steps of a release as the service takes them. @param policy there is no default: who wires it says what decides */
export const productionPorts = (
  context: KeystoreContext,
  {
    party,
    policy,
    requests,
    twoApprovers = 'none',
  }: { party: RelyingParty; policy: Policy; requests: RequestLedger; twoApprovers?: TwoApprovers },
): ReleasePorts => {
  const { database, statements, log } = context;
  // What several releases look up at the same time is looked up at once.
  const areNoncesAlive = gather((asked: readonly NonceQuestion[]) => areAlive(database, asked));
  const clinicians = gather((asked: readonly CredentialId[]) => findClinicians(database, statements, asked));
  const objects = gather((asked: readonly (readonly ObjectId[])[]) => findObjectsOfEach(context, asked));
  const restricted = gather(async (asked: readonly (readonly StoredObject[])[]) => {
    const among = await restrictedAmong(database, statements, asked.flat());
    return asked.map(() => among);
  });
  const containments = gather(async (asked: readonly (readonly Contained[])[]) => {
    const standing = await containedAmong(context, asked.flat());
    return asked.map((own) => new Set(own.filter((whom) => standing.has(whom))));
  });
  return {
    clinic: context.clinic,
    party,
    policy,
    twoApprovers,
    now: context.now,
    requests: {
      find: (id) => requests.find(id),
      record: (decision) => requests.record(decision),
      isRestrictedSince: async (recorded, request, asked) =>
        isRestrictedSince(context, recorded, request, asked, await restricted(asked)),
    },
    nonces: { isAlive: (given, subject, now) => areNoncesAlive({ given, subject, now }) },
    directory: {
      find: clinicians,
      findPatient: (credential) => findPatientCredential(database, statements.publicKey, credential),
    },
    containments: {
      among: (asked) => containments(asked),
      heldBack: (transaction, opening) => heldBack(transaction, context.clinic, opening),
    },
    notices: { keep: (notice) => keepNotice(database, notice) },
    log,
    keys: {
      find: objects,
      areOfOneRecording: (asked) => areOfOneRecording(context, asked),
      wasRegistered: (object) => wasRegistered(database, object),
      open: (object) => openObject(context, object),
    },
    seal: sealToViewer,
  };
};
