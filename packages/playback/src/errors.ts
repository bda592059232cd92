/**
 * Why nothing more of a recording is played. `unreachable`: its bytes couldn't be had, ask again later. `missing`: some
 * are gone. `spoilt`: what came isn't what was stored. `empty`: nothing was recorded. `unsupported`: this browser, or this
 * window of it, can't play what is opened here.
 */
export type PlaybackCode = 'unreachable' | 'missing' | 'spoilt' | 'empty' | 'unsupported';

export class PlaybackFault extends Error {
  readonly code: PlaybackCode;

  constructor(code: PlaybackCode) {
    super(code);
    this.name = 'PlaybackFault';
    this.code = code;
  }
}

/** What went wrong, of whatever was thrown on the way: what isn't known to be a matter of reaching is taken for spoilt. */
export function playbackFaultOf(error: unknown): PlaybackFault {
  for (let at: unknown = error; at instanceof Error; at = at.cause) if (at instanceof PlaybackFault) return at;
  return new PlaybackFault('spoilt');
}
