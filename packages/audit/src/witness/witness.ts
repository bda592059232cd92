import { equal, fromBase64, fromUtf8, utf8 } from '../bytes.ts';
import { cosign, parseSignedCheckpoint, type SignedCheckpoint, signatureByLog } from '../checkpoint.ts';
import { AuditFormatError } from '../errors.ts';
import { formatNote, formatSignatures, type NoteSignature, type NoteSigner, type VerifierKey } from '../note.ts';
import { maxProofLength, verifyConsistency } from '../proof.ts';
import type { TreeHasher } from '../treeHasher.ts';

/**
 * Where a witness remembers the largest checkpoint of each log that it has cosigned, its own signature included.
 * `store` resolves once the state is durable: only then is a cosignature handed out.
 */
export interface WitnessState {
  load(origin: string): Promise<SignedCheckpoint | null>;
  /** @param before what was loaded: if something else is there by now, nothing is stored, and it throws */
  store(origin: string, cosigned: SignedCheckpoint, before: SignedCheckpoint | null): Promise<void>;
}

export interface WitnessPorts {
  readonly signer: NoteSigner;
  /** Keys of the logs; a log that changes its key has two. */
  readonly logs: readonly VerifierKey[];
  readonly state: WitnessState;
  readonly hasher: TreeHasher;
  /** Unix seconds. */
  readonly now: () => number;
}

/** An HTTP answer as https://c2sp.org/tlog-witness gives it. */
export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  readonly contentType: 'text/plain; charset=utf-8' | 'text/x.tlog.size';
  readonly body: string;
}

export const maxRequestBytes = 64 * 1024;
const refuse = (status: WitnessAnswer['status']): WitnessAnswer => ({
  status,
  contentType: 'text/plain; charset=utf-8',
  body: '',
});

interface AddCheckpoint {
  readonly oldSize: number;
  readonly proof: readonly Uint8Array[];
  readonly signed: SignedCheckpoint;
}

/** @throws AuditFormatError */
function parseAddCheckpoint(bytes: Uint8Array): AddCheckpoint {
  if (bytes.length > maxRequestBytes) throw new AuditFormatError('witnessRequest', 'too large');
  const text = fromUtf8(bytes, 'witnessRequest');
  const end = text.indexOf('\n\n');
  const [first = '', ...lines] = text.slice(0, Math.max(end, 0)).split('\n');
  const old = /^old (0|[1-9][0-9]{0,15})$/.exec(first)?.[1];
  if (end < 0 || old === undefined || !Number.isSafeInteger(Number(old)) || lines.length > maxProofLength) {
    throw new AuditFormatError('witnessRequest', 'shape');
  }
  const proof = lines.map((line) => fromBase64(line, 'witnessRequest'));
  return { oldSize: Number(old), proof, signed: parseSignedCheckpoint(utf8(text.slice(end + 2))) };
}

function parseOrNull(body: Uint8Array): AddCheckpoint | null {
  try {
    return parseAddCheckpoint(body);
  } catch (error) {
    if (error instanceof AuditFormatError) return null;
    throw error;
  }
}

/**
 * A witness of logs: cosigns a checkpoint only if it is signed by a known log and consistent with the last that it
 * cosigned. Requests about one log are handled one after the other, so that two can't both extend the same state.
 */
export class Witness {
  readonly #ports: WitnessPorts;
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(ports: WitnessPorts) {
    this.#ports = ports;
  }

  /** `POST /add-checkpoint` with this body. Never throws for what a client sent. */
  async addCheckpoint(body: Uint8Array): Promise<WitnessAnswer> {
    const request = parseOrNull(body);
    if (!request) return refuse(400);
    const { signed, oldSize } = request;
    const keys = this.#ports.logs.filter(({ name }) => name === signed.checkpoint.origin);
    if (keys.length === 0) return refuse(404);
    const signature = await signatureAmong(keys, signed);
    if (!signature) return refuse(403);
    if (oldSize > signed.checkpoint.size) return refuse(400);
    return this.#inTurn(signed.checkpoint.origin, () => this.#extend(request, signature));
  }

  /**
   * The largest checkpoint that it has cosigned of the log whose origin is `isOrigin`, as a signed note; null if it
   * knows no such log, or has cosigned none.
   */
  async latestCheckpoint(isOrigin: (origin: string) => boolean): Promise<string | null> {
    const log = this.#ports.logs.find(({ name }) => isOrigin(name));
    const known = log && (await this.#ports.state.load(log.name));
    return known ? formatNote(known.note) : null;
  }

  /** Resolves once nobody waits for an answer: what it remembers is then let alone. */
  async settle(): Promise<void> {
    await Promise.all(this.#turns.values());
  }

  async #inTurn<T>(origin: string, work: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(origin) ?? Promise.resolve();
    const turn = before.then(work, work);
    this.#turns.set(
      origin,
      turn.catch(() => undefined),
    );
    return turn;
  }

  async #extend({ oldSize, proof, signed }: AddCheckpoint, own: NoteSignature): Promise<WitnessAnswer> {
    const { hasher, now, signer, state } = this.#ports;
    const { checkpoint, note } = signed;
    const before = await state.load(checkpoint.origin);
    const known = before?.checkpoint ?? { size: 0, root: hasher.empty };
    if (oldSize !== known.size) return { status: 409, contentType: 'text/x.tlog.size', body: `${known.size}\n` };
    const isSameSize = known.size === checkpoint.size;
    // Two roots of one size are two logs; the protocol answers that with a conflict too.
    if (isSameSize && !equal(known.root, checkpoint.root)) {
      return { status: 409, contentType: 'text/x.tlog.size', body: `${known.size}\n` };
    }
    if (!verifyConsistency(known.size, known.root, checkpoint.size, checkpoint.root, proof, hasher)) return refuse(422);
    const signature = await cosign(checkpoint, signer, now());
    // Who else signed is no business of ours, and there may be many.
    const signatures = [own, signature];
    if (!isSameSize)
      await state.store(checkpoint.origin, { checkpoint, note: { text: note.text, signatures } }, before);
    return { status: 200, contentType: 'text/plain; charset=utf-8', body: formatSignatures([signature]) };
  }
}

/** The log's signature by any of its keys that checks. */
async function signatureAmong(keys: readonly VerifierKey[], signed: SignedCheckpoint): Promise<NoteSignature | null> {
  for (const key of keys) {
    const signature = await signatureByLog(signed, key);
    if (signature) return signature;
  }
  return null;
}
