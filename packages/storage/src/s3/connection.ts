import type { S3Client } from '@aws-sdk/client-s3';
import { storageFault } from './faults.ts';
import { clientFor, defaultRequestMs, type S3Options, type ServerEncryption } from './options.ts';

/** What every request is sent with. */
export interface RequestOptions {
  readonly abortSignal: AbortSignal;
}

/** A bucket on a server, asked with bounded patience. */
export class Connection {
  readonly bucket: string;
  readonly encryption: ServerEncryption;
  readonly client: S3Client;
  readonly #patienceMs: number;

  /** @throws ArgumentError */
  constructor(options: S3Options) {
    this.client = clientFor(options);
    this.bucket = options.bucket;
    this.encryption = options.encryption;
    this.#patienceMs = (options.requestMs ?? defaultRequestMs) * (options.attempts ?? 3);
  }

  /**
   * Sends a request, with its retries, and takes its answer, until all the time that it may take is over.
   *
   * @throws StorageError for whatever the client throws; the caller's reason when its signal has aborted
   */
  async send<T>(act: (client: S3Client, options: RequestOptions) => Promise<T>, signal?: AbortSignal): Promise<T> {
    try {
      return await this.attempt(act, signal);
    } catch (fault) {
      throw signal?.aborted === true ? signal.reason : storageFault(fault);
    }
  }

  /** The same, but what the client throws comes out as it is, for who must tell one answer from another. */
  async attempt<T>(act: (client: S3Client, options: RequestOptions) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const patience = AbortSignal.timeout(this.#patienceMs);
    const abortSignal = signal === undefined ? patience : AbortSignal.any([signal, patience]);
    return act(this.client, { abortSignal });
  }

  close(): void {
    this.client.destroy();
  }
}
