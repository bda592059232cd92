import type { LeafRef } from '@sotto/e2ee';
import type { ParticipantId } from '@sotto/protocol/ids';
import type { CallRecording, VisitSnapshot } from '../call/contract.ts';

/** A piece of what the browser's own recorder made. */
export interface EncodedPiece {
  readonly participant: ParticipantId;
  readonly leaf: LeafRef['leaf'];
  /** When this file began, in ms since 1970 on the page's monotonic clock. */
  readonly began: number;
  readonly octets: Uint8Array<ArrayBuffer>;
}

interface EncodingOptions {
  /** What is played of somebody here, or sent of oneself, just now: nothing that is off. */
  readonly tracks: (participant: ParticipantId) => readonly MediaStreamTrack[];
  readonly onPiece: (piece: EncodedPiece) => void;
  /** It failed with somebody again and again: nothing of theirs is recorded, and nothing is tried until their devices change. */
  readonly onTrouble: () => void;
  readonly now: () => number;
}

/** Has the browser's own recorder make what the tap doesn't give. */
export interface Encoding {
  /** The tap gives frames of them: that is better, and nothing else is taken from now on. */
  heard(participant: ParticipantId): void;
  /** What was made can't be read; `began` tells the file. */
  spoilt(participant: ParticipantId, began: number): void;
  /** Who may be recorded now; null: nobody, at once. To be called at each change. */
  follow(agreed: readonly LeafRef[] | null): void;
  close(): void;
}

/** What is played of somebody in the visit, or sent of oneself, just now. */
export function tracksOf(
  call: { readonly recording: Pick<CallRecording, 'ownTracks'>; getSnapshot(): VisitSnapshot },
  participant: ParticipantId,
): readonly MediaStreamTrack[] {
  const { self, people } = call.getSnapshot();
  if (participant === self?.participantId) return call.recording.ownTracks();
  const person = people.find((one) => one.participantId === participant);
  return [person?.microphone, person?.camera].flatMap((source) =>
    source?.state === 'live' ? source.stream.getTracks() : [],
  );
}

/** How long the tap may take for its first frame of somebody who is seen or heard. */
const patienceMs = 5_000;
const lookMs = 1_000;
/** A piece is so long: small ones stay in memory, and little is lost with a page that dies. */
const sliceMs = 100;
const keyFrameMs = 5_000;
/** So often it's tried again, at the next look; failures that are further apart than that don't add up. */
const mostFailures = 3;
const forgivenMs = 60_000;
const types = { video: 'video/webm;codecs=vp8,opus', audio: 'audio/webm;codecs=opus' } as const;

/** Whether this browser could make what a tap doesn't give. */
export function canEncodeAnew(scope: object = globalThis): boolean {
  const recorder: unknown = Reflect.get(scope, 'MediaRecorder');
  const isTypeSupported: unknown = typeof recorder === 'function' ? Reflect.get(recorder, 'isTypeSupported') : null;
  if (typeof isTypeSupported !== 'function') return false;
  return Object.values(types).every((type) => Reflect.apply(isTypeSupported, recorder, [type]) === true);
}

interface Watched {
  leaf: LeafRef['leaf'];
  /** Since when the tap gives nothing though there is something; null while there's nothing to be given. */
  silentSince: number | null;
  isAnew: boolean;
  /** Ends the one that runs: nothing that comes later counts. */
  stop: (() => void) | null;
  /** When the file that is being made began, or the last one. */
  began: number;
  /** With the devices of `tried`. */
  failures: number;
  /** Ids of the tracks that are recorded. */
  recorded: string;
  /** Ids of the tracks that were to be recorded last. */
  tried: string;
}

const watchedFrom = (leaf: LeafRef['leaf']): Watched => ({
  ...{ leaf, silentSince: null, isAnew: false, stop: null, recorded: '', tried: '' },
  ...{ began: Number.NEGATIVE_INFINITY, failures: 0 },
});

export function createEncoding({ tracks, onPiece, onTrouble, now }: EncodingOptions): Encoding {
  const watched = new Map<ParticipantId, Watched>();
  const heard = new Set<ParticipantId>();
  let allowed: readonly LeafRef[] = [];
  const timer = canEncodeAnew() ? setInterval(look, lookMs) : undefined;

  function look(): void {
    for (const { participantId: participant, leaf } of allowed) {
      if (heard.has(participant)) continue;
      const one = watched.get(participant) ?? watchedFrom(leaf);
      watched.set(participant, one);
      const found = tracks(participant).filter(({ readyState }) => readyState === 'live');
      if (found.length === 0) one.silentSince = null;
      else one.silentSince ??= now();
      one.isAnew ||= one.silentSince !== null && now() - one.silentSince >= patienceMs;
      if (one.isAnew) record(participant, one, leaf, found);
    }
  }

  function record(participant: ParticipantId, one: Watched, leaf: Watched['leaf'], found: MediaStreamTrack[]): void {
    const ids = `${leaf} ${found
      .map(({ id }) => id)
      .sort()
      .join(' ')}`;
    if (ids === one.recorded) return;
    one.stop?.();
    Object.assign(one, { leaf, stop: null, recorded: ids });
    if (found.length === 0) return;
    // Other devices fail anew, and that is told anew.
    if (ids !== one.tried) one.failures = 0;
    one.tried = ids;
    one.began = Math.max(now(), one.began + 1);
    try {
      start(participant, one, found);
    } catch {
      fail(one);
    }
  }

  function fail(one: Watched): void {
    one.stop?.();
    one.stop = null;
    one.failures = now() - one.began > forgivenMs ? 1 : one.failures + 1;
    // The next look begins another one.
    if (one.failures < mostFailures) one.recorded = '';
    if (one.failures === mostFailures) onTrouble();
  }

  /** @throws whatever the browser throws */
  function start(participant: ParticipantId, one: Watched, found: MediaStreamTrack[]): void {
    const { leaf, began } = one;
    const mimeType = types[found.some(({ kind }) => kind === 'video') ? 'video' : 'audio'];
    const settings = { mimeType, videoBitsPerSecond: 1_500_000, audioBitsPerSecond: 48_000 };
    const recorder = new MediaRecorder(
      new MediaStream(found),
      // Where it isn't known yet key frames come as they come.
      Object.assign(settings, { videoKeyFrameIntervalDuration: keyFrameMs }),
    );
    let isOver = false;
    let turn = Promise.resolve();
    recorder.ondataavailable = ({ data }) => {
      turn = turn
        .then(async () => {
          const octets = new Uint8Array(await data.arrayBuffer());
          if (!isOver && octets.length > 0) onPiece({ participant, leaf, began, octets });
        })
        .catch(died);
    };
    recorder.onerror = died;
    recorder.onstop = () => {
      // It ends with its tracks, too: what there is now is another file.
      if (found.every(({ readyState }) => readyState === 'live')) died();
      else if (!isOver) one.recorded = '';
    };
    function died(): void {
      if (!isOver) fail(one);
    }
    one.stop = () => {
      isOver = true;
      if (recorder.state !== 'inactive') recorder.stop();
    };
    recorder.start(sliceMs);
  }

  function pause(isIn: (participant: ParticipantId) => boolean): void {
    for (const [participant, one] of watched) {
      if (isIn(participant)) continue;
      one.stop?.();
      Object.assign(one, { stop: null, recorded: '', silentSince: null });
    }
  }

  return {
    heard(participant) {
      heard.add(participant);
      pause((other) => other !== participant);
    },
    spoilt(participant, began) {
      const one = watched.get(participant);
      if (one?.stop && one.began === began) fail(one);
    },
    follow(agreed) {
      allowed = agreed ?? [];
      const leaves = new Map(allowed.map(({ participantId, leaf }) => [participantId, leaf]));
      pause((participant) => leaves.has(participant));
      // Whoever's devices have changed is recorded anew at once.
      if (timer !== undefined) look();
    },
    close() {
      clearInterval(timer);
      allowed = [];
      pause(() => false);
    },
  };
}
