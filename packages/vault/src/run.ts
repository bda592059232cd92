import { type BodySealer, bodyRandomLength, createBodySealer } from './body.ts';
import { type Bytes, copyOf, toBase64url } from './bytes.ts';
import { contextHash, type RunContext } from './context.ts';
import { commitmentTo, dataKeyLength, importDataKey } from './dataKey.ts';
import { ArgumentError, type Place } from './errors.ts';
import { encodeBound, encodeHeader, parseHeader, type RunHeader } from './header.ts';
import { publicKeyLength, wrapDataKey } from './wrap.ts';

/** What every new run needs to know. */
export interface RunOptions {
  readonly context: RunContext;
  /** The object's public key, 1,216 bytes. */
  readonly publicKey: Bytes;
  /** The hash of the run before, 32 bytes; `null` for run 0 and for the head. */
  readonly previous: Bytes | null;
}

/** The random bytes of one run. Used once and wiped. */
export interface RunRandomness {
  /** 32 bytes. */
  readonly dataKey: Bytes;
  /** 39 bytes: the body's salt and nonce prefix. */
  readonly body: Bytes;
  /** 64 bytes for the KEM, or `null` to let it draw its own. */
  readonly encapsulation: Bytes | null;
}

/** A run whose header is done and whose body can be sealed. */
export interface StartedRun {
  readonly header: RunHeader;
  /** The header's 1,280 bytes. */
  readonly headerBytes: Bytes;
  readonly sealer: BodySealer;
}

export const freshRandomness = (): RunRandomness => ({
  dataKey: crypto.getRandomValues(new Uint8Array(dataKeyLength)),
  body: crypto.getRandomValues(new Uint8Array(bodyRandomLength)),
  encapsulation: null,
});

/** What the caller passed, checked, and kept from changing while the run is being started. */
const snapshot = ({ context, publicKey, previous }: RunOptions) => {
  const place: Place = { layer: 'run' };
  const { object, part, run } = context;
  const follows = part === 'body' && run > 0;
  const kept = {
    context: { object: { ...object }, part, run },
    publicKey: copyOf(publicKey, place),
    previous: previous === null ? null : copyOf(previous, place),
  };
  if (kept.publicKey.byteLength !== publicKeyLength || follows !== (kept.previous !== null)) {
    throw new ArgumentError(place);
  }
  if (kept.previous !== null && kept.previous.byteLength !== 32) throw new ArgumentError(place);
  return kept;
};

/** Draws the keys of a new run and writes its header (SPEC.md sections 4 and 6). */
export const startRun = async (options: RunOptions, random: RunRandomness): Promise<StartedRun> => {
  const { context, publicKey, previous } = snapshot(options);
  const place: Place = { layer: 'keys' };
  const [forWrap, body] = [copyOf(random.dataKey, place), copyOf(random.body, place)];
  try {
    const dataKey = await importDataKey(random.dataKey);
    const associatedData = await contextHash(context);
    const bound = encodeBound({
      part: context.part,
      run: context.run,
      contextHash: associatedData,
      previous: previous ?? new Uint8Array(32),
      commitment: await commitmentTo(dataKey),
    });
    const wrapped = await wrapDataKey(forWrap, publicKey, associatedData, bound, random.encapsulation);
    const headerBytes = encodeHeader(bound, wrapped);
    return {
      header: await parseHeader(headerBytes),
      headerBytes,
      sealer: await createBodySealer(dataKey, associatedData, body),
    };
  } finally {
    forWrap.fill(0);
  }
};

/** The last segment's tag as a record writes it. */
export const tagOf = (segment: Uint8Array): string => toBase64url(segment.subarray(-16));
