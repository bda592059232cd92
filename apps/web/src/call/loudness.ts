/**
 * Loudness of received tracks, measured in the browser on the opened sound. RFC 6464's header extension would
 * tell the media server who speaks when, so calls don't send it.
 */
export interface Loudness {
  /** 0 (silence) to 1; 0 for a track that isn't watched. */
  of(track: MediaStreamTrack): number;
  /** Watches these and no others. */
  watch(tracks: ReadonlySet<MediaStreamTrack>): void;
  close(): void;
}

const fftSize = 512;
/** Speech close to the microphone is around −20 dBFS RMS; that much fills about two thirds of a meter. */
const floorDecibels = -60;

interface Probe {
  readonly source: MediaStreamAudioSourceNode;
  readonly analyser: AnalyserNode;
  readonly samples: Float32Array<ArrayBuffer>;
}

/** Makes its `AudioContext` with the first track: before a person's gesture the browser would suspend it. */
export function createLoudness(): Loudness {
  const probes = new Map<MediaStreamTrack, Probe>();
  let context: AudioContext | undefined;

  function begin(track: MediaStreamTrack): void {
    context ??= new AudioContext();
    // Not awaited: without a gesture it may stay pending, and then meters stay at 0 while the sound plays.
    if (context.state === 'suspended') context.resume().catch(() => undefined);
    const source = context.createMediaStreamSource(new MediaStream([track]));
    const analyser = new AnalyserNode(context, { fftSize });
    source.connect(analyser);
    probes.set(track, { source, analyser, samples: new Float32Array(fftSize) });
  }

  function unwatch(track: MediaStreamTrack): void {
    probes.get(track)?.source.disconnect();
    probes.delete(track);
  }

  return {
    of(track) {
      const probe = probes.get(track);
      if (!probe || context?.state !== 'running') return 0;
      probe.analyser.getFloatTimeDomainData(probe.samples);
      return loudnessOf(probe.samples);
    },
    watch(tracks) {
      for (const track of probes.keys()) if (!tracks.has(track)) unwatch(track);
      for (const track of tracks) if (!probes.has(track)) begin(track);
    },
    close() {
      for (const probe of probes.values()) probe.source.disconnect();
      probes.clear();
      context?.close().catch(() => undefined);
      context = undefined;
    },
  };
}

/** RMS of samples in [-1, 1] on a decibel scale from the floor (0) to full scale (1). */
export function loudnessOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  if (sum === 0) return 0;
  const decibels = 10 * Math.log10(sum / samples.length);
  return Math.min(1, Math.max(0, 1 - decibels / floorDecibels));
}
