import { type PlayableFile, RemoteParts, serveFile } from '@sotto/playback';
import { type PlaybackFault, playbackFaultOf } from '@sotto/playback/errors';
import type { ReleaseUse } from '@sotto/protocol/keystore';
import { createObjectKeyPair } from '@sotto/vault';
import { toBase64url } from '../keystore/bytes.ts';
import { EvidenceFault } from '../keystore/errors.ts';
import { failureCode } from '../release/messages.ts';
import type { ViewerKeys } from '../release/releasedObject.ts';
import { type FromPlayer, toPlayer } from './messages.ts';
import { openRecording } from './recordingOpening.ts';

/** One playback: its keys and all that is decrypted live in this thread, which ends with it. It reaches no server. */

let viewer: Promise<ViewerKeys> | null = null;
let files: ReadonlyMap<number, PlayableFile> = new Map();
/** What the keystore logged the release as: the keys of a playing save nothing, and those of a copy play nothing. */
let use: ReleaseUse | null = null;

const say = (message: FromPlayer) => self.postMessage(message);

/** Of what doesn't open nothing more is played, of nobody. */
function fail(fault: PlaybackFault): void {
  files = new Map();
  say({ type: 'failed', code: fault.code });
}

function tell(error: unknown): void {
  const code = error instanceof EvidenceFault ? failureCode.safeParse(error.code).data : undefined;
  if (code === undefined) fail(playbackFaultOf(error));
  else say({ type: 'refused', code });
}

function handOut(wanted: ReleaseUse, track: number, range: string | null, port: MessagePort): void {
  const file = use === wanted ? files.get(track) : undefined;
  serveFile(file ?? null, range, port, fail);
}

async function handle(data: unknown, [port]: readonly MessagePort[]): Promise<void> {
  const message = toPlayer.parse(data);
  switch (message.type) {
    case 'begin':
      viewer ??= createObjectKeyPair();
      say({ type: 'viewerKey', viewerKey: toBase64url((await viewer).publicKey) });
      return;
    case 'open': {
      const keys = viewer;
      viewer = null;
      if (keys === null || port === undefined) throw new EvidenceFault('request');
      const own = await keys;
      try {
        const progress = (share: number) => say({ type: 'progress', share });
        const opened = await openRecording(message, own, new RemoteParts(port), progress);
        files = opened.files;
        use = message.request.use;
        say({ type: 'opened', tracks: [...opened.tracks], checks: opened.checks });
      } finally {
        own.privateKey.fill(0);
      }
      return;
    }
    case 'serve':
      if (port !== undefined) handOut('open', message.track, message.range, port);
      return;
    case 'read':
      if (port !== undefined) handOut('copy', message.track, null, port);
  }
}

self.addEventListener('message', ({ data, ports }: MessageEvent<unknown>) => {
  handle(data, ports).catch(tell);
});
