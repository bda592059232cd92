/** A player that lost its way to the recording is set up anew so often. */
const mostReloads = 3;
/** What Firefox says where there is nothing to hear a sound with, of a recording without a picture. */
const noSoundDevice = 'MediaSink';

interface RecoveryReports {
  /** This device has nothing to play sound with: that player goes on without. */
  readonly onSilenced: () => void;
  readonly onGivenUp: () => void;
}

/** Sets a `<video>` up anew when it fails. @returns stops doing so */
export function recoverPlayer(video: HTMLVideoElement, { onSilenced, onGivenUp }: RecoveryReports): () => void {
  let reloads = 0;
  const recover = () => {
    reloads += 1;
    if (reloads > mostReloads) {
      onGivenUp();
      return;
    }
    if (!video.muted && video.error?.message.includes(noSoundDevice) === true) {
      video.muted = true;
      onSilenced();
    }
    video.load();
  };
  video.addEventListener('error', recover);
  return () => video.removeEventListener('error', recover);
}
