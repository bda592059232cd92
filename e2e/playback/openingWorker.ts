import { PlayableFile, RemoteParts, type StoredPart, serveFile, sourcesOf } from '@sotto/playback';
import { playbackFaultOf } from '@sotto/playback/errors';
import { checkManifest, inspectManifest, openObject, unwrapDataKey } from '@sotto/vault';

/** What a page of a clinic does after a release: opens recordings, and serves them by range. */
export interface OpenMessage {
  readonly parts: MessagePort;
  readonly objects: readonly {
    readonly object: string;
    readonly manifest: Uint8Array<ArrayBuffer>;
    readonly signer: Uint8Array<ArrayBuffer>;
    readonly privateKey: Uint8Array<ArrayBuffer>;
    readonly list: readonly StoredPart[];
  }[];
}

let files: readonly PlayableFile[] = [];

async function open({ parts, objects }: OpenMessage): Promise<void> {
  const remote = new RemoteParts(parts);
  files = await Promise.all(
    objects.map(async ({ object, manifest, signer, privateKey, list }) => {
      const { context } = await inspectManifest(manifest);
      const expected = { signer: { algorithm: 'Ed25519', publicKey: signer }, context, hash: null } as const;
      const checked = await checkManifest(manifest, expected);
      const sources = sourcesOf(checked, object, list, remote);
      const reader = await openObject(checked, sources, (header) => unwrapDataKey(header, privateKey));
      return await PlayableFile.open(reader, () => undefined);
    }),
  );
  const facts = files.map(({ begins, ends, joints, length }) => ({ begins, ends, joints, length }));
  self.postMessage({ type: 'opened', facts });
}

const fail = (error: unknown): void => {
  self.postMessage({ type: 'failed', code: playbackFaultOf(error).code });
};

self.addEventListener(
  'message',
  ({ data, ports }: MessageEvent<OpenMessage | { track: number; range: string | null }>) => {
    if ('objects' in data) {
      open(data).catch(fail);
      return;
    }
    const [port] = ports;
    if (port) serveFile(files[data.track] ?? null, data.range, port, fail);
  },
);
