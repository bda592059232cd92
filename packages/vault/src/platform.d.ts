/**
 * What browsers, workers and Node have in common and this package uses. Neither the DOM's nor Node's types are in its
 * program, so code that reaches for a network, a disk, a clock or a log doesn't compile. Consumers bring their own
 * platform's types, and `test/` checks the same sources against Node's.
 */
interface CryptoKey {
  readonly type: 'secret' | 'private' | 'public';
  readonly extractable: boolean;
  readonly algorithm: { readonly name: string };
  readonly usages: string[];
}

interface CryptoKeyPair {
  readonly publicKey: CryptoKey;
  readonly privateKey: CryptoKey;
}

interface AesGcmParams {
  name: 'AES-GCM';
  iv: Uint8Array<ArrayBuffer>;
}

interface HkdfParams {
  name: 'HKDF';
  hash: 'SHA-256';
  salt: Uint8Array<ArrayBuffer>;
  info: Uint8Array<ArrayBuffer>;
}

interface SubtleCrypto {
  digest(algorithm: 'SHA-256', data: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer>;
  encrypt(algorithm: AesGcmParams, key: CryptoKey, data: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer>;
  decrypt(algorithm: AesGcmParams, key: CryptoKey, data: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer>;
  importKey(
    format: 'raw',
    keyData: Uint8Array<ArrayBuffer>,
    algorithm: 'HKDF' | 'Ed25519' | { name: 'ECDSA'; namedCurve: 'P-256' },
    extractable: boolean,
    usages: ('deriveBits' | 'deriveKey' | 'verify')[],
  ): Promise<CryptoKey>;
  deriveBits(algorithm: HkdfParams, key: CryptoKey, length: number): Promise<ArrayBuffer>;
  deriveKey(
    algorithm: HkdfParams,
    key: CryptoKey,
    derived: { name: 'AES-GCM'; length: 256 },
    extractable: boolean,
    usages: ('encrypt' | 'decrypt')[],
  ): Promise<CryptoKey>;
  verify(
    algorithm: 'Ed25519' | { name: 'ECDSA'; hash: 'SHA-256' },
    key: CryptoKey,
    signature: Uint8Array<ArrayBuffer>,
    data: Uint8Array<ArrayBuffer>,
  ): Promise<boolean>;
}

declare const crypto: {
  readonly subtle: SubtleCrypto;
  getRandomValues<T extends Uint8Array<ArrayBuffer>>(array: T): T;
};

declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
}

declare class TextDecoder {
  constructor(label: 'utf-8', options: { fatal: true; ignoreBOM: true });
  decode(bytes: Uint8Array<ArrayBuffer>): string;
}

declare function atob(text: string): string;
declare function btoa(text: string): string;

interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: () => void, options: { once: true }): void;
}

declare class AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}

interface WritableStreamDefaultController {
  error(reason: unknown): void;
}

declare class WritableStream<W> {
  constructor(sink: {
    start?(controller: WritableStreamDefaultController): void;
    write?(chunk: W): Promise<void>;
    close?(): Promise<void>;
    abort?(reason: unknown): void;
  });
  getWriter(): {
    write(chunk: W): Promise<void>;
    close(): Promise<void>;
  };
}

interface ReadableStreamDefaultController<R> {
  enqueue(chunk: R): void;
  close(): void;
}

declare class ReadableStream<R> {
  constructor(
    source: {
      pull?(controller: ReadableStreamDefaultController<R>): Promise<void>;
      cancel?(reason: unknown): Promise<void>;
    },
    strategy: { highWaterMark: number },
  );
  getReader(): { read(): Promise<{ done: false; value: R } | { done: true; value?: undefined }> };
}
