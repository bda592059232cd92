import type { Page } from '@playwright/test';

type RecordingPage = typeof globalThis & { otherRecorders?: MediaRecorder[]; otherOctets?: number };

/** Has the page record both participants by `MediaRecorder`, which encodes anew; what it makes is counted and dropped. */
export async function startOtherRecorder(page: Page): Promise<void> {
  await page.evaluate(() => {
    const scope = globalThis as RecordingPage;
    const tracksOf = (selector: string): MediaStreamTrack[] =>
      [...document.querySelectorAll<HTMLMediaElement>(selector)].flatMap(({ srcObject }) =>
        srcObject instanceof MediaStream ? srcObject.getTracks() : [],
      );
    const own = tracksOf('video[aria-label="Your picture"]').filter(({ kind }) => kind === 'video');
    const others = tracksOf('video[aria-label^="Picture of"]').filter(({ kind }) => kind === 'video');
    const sounds = tracksOf('audio').filter(({ kind }) => kind === 'audio');
    if (own.length !== 1 || others.length !== 1 || sounds.length === 0) throw new Error('not a visit of two');
    scope.otherOctets = 0;
    scope.otherRecorders = [[...own], [...others, ...sounds.slice(0, 1)]].map((tracks) => {
      const recorder = new MediaRecorder(new MediaStream(tracks), { mimeType: 'video/webm;codecs=vp8,opus' });
      recorder.ondataavailable = ({ data }) => {
        scope.otherOctets = (scope.otherOctets ?? 0) + data.size;
      };
      recorder.start(1_000);
      return recorder;
    });
  });
}

/** @returns the octets that it made */
export async function stopOtherRecorder(page: Page): Promise<number> {
  return await page.evaluate(() => {
    const scope = globalThis as RecordingPage;
    for (const recorder of scope.otherRecorders ?? []) recorder.stop();
    scope.otherRecorders = [];
    return scope.otherOctets ?? 0;
  });
}
