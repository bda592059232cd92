/** How encoded frames reach the worker. */
export const mechanisms = {
  /** `RTCRtpScriptTransform` (WebRTC Encoded Transform). */
  scriptTransform: 'scriptTransform',
  /** `createEncodedStreams`, older Chromium's way. */
  encodedStreams: 'encodedStreams',
} as const;
export type Mechanism = (typeof mechanisms)[keyof typeof mechanisms];

/**
 * What every peer connection of a visit has to be made with, whichever the mechanism: a Chromium that was told so
 * lets no frame pass where a transform is missing. Others don't know it, and don't mind.
 */
export const peerConnectionSettings: Readonly<{ encodedInsertableStreams: true }> = { encodedInsertableStreams: true };

/** What a visit can't do without. */
export type MissingFeature = 'secureContext' | 'webRtc' | 'worker' | 'ed25519' | 'encodedTransform';

export type Support =
  /** `mechanisms` has at least one entry, the preferred one first. */
  { tag: 'supported'; mechanisms: [Mechanism, ...Mechanism[]] } | { tag: 'unsupported'; missing: MissingFeature[] };

/**
 * What a browser offers, from its global scope alone: nothing is started. That a transform is there doesn't prove
 * that it works; `attachSender` and `attachReceiver` do.
 *
 * @param scope the page's `globalThis`
 */
export async function detectSupport(scope: object): Promise<Support> {
  const has = (name: string): boolean => name in scope && Reflect.get(scope, name) !== undefined;
  const missing: MissingFeature[] = [];
  if (Reflect.get(scope, 'isSecureContext') !== true) missing.push('secureContext');
  if (!has('RTCPeerConnection')) missing.push('webRtc');
  if (!has('Worker')) missing.push('worker');
  if (!(await canSign(scope))) missing.push('ed25519');

  const found: Mechanism[] = [];
  if (has('RTCRtpScriptTransform')) found.push(mechanisms.scriptTransform);
  const sender: unknown = Reflect.get(scope, 'RTCRtpSender');
  if (typeof sender === 'function' && 'createEncodedStreams' in (sender.prototype as object)) {
    found.push(mechanisms.encodedStreams);
  }
  const [first, ...others] = found;
  if (first === undefined) missing.push('encodedTransform');
  return first === undefined || missing.length > 0
    ? { tag: 'unsupported', missing }
    : { tag: 'supported', mechanisms: [first, ...others] };
}

/** Ed25519 came to WebCrypto long after the rest of it. */
async function canSign(scope: object): Promise<boolean> {
  try {
    await (scope as { crypto: Crypto }).crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
    return true;
  } catch {
    return false;
  }
}
