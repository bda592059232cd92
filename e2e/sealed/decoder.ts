import type { Page } from '@playwright/test';

/**
 * Gives VP8 frames to the browser's own decoder and reads the time code of each picture that comes out.
 *
 * @param frames encoded frames in order, the first one a key frame
 * @returns the cells of each decoded picture; decoding goes on at the next key frame after an error
 */
export async function decodeVideo(page: Page, frames: readonly Uint8Array[]): Promise<string[]> {
  const encoded = frames.map((frame) => Buffer.from(frame).toString('base64'));
  return await page.evaluate(async (texts) => {
    const [columns, rows, codeRows, side] = [16, 9, 3, 4];
    const canvas = new OffscreenCanvas(columns * side, rows * side);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('no canvas');
    const pictures: string[] = [];
    const read = (picture: VideoFrame): void => {
      context.drawImage(picture, 0, 0, canvas.width, canvas.height);
      picture.close();
      const { data } = context.getImageData(0, 0, canvas.width, codeRows * side);
      let cells = '';
      for (let row = 0; row < codeRows; row++) {
        for (let column = 0; column < columns; column++) {
          const green = data[((row * side + 2) * canvas.width + column * side + 2) * 4 + 1] ?? 0;
          cells += green >= 126 ? '1' : '0';
        }
      }
      pictures.push(cells);
    };
    let decoder: VideoDecoder | undefined;
    for (const [index, text] of texts.entries()) {
      const data = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
      const isKey = ((data[0] ?? 1) & 1) === 0;
      if (decoder?.state !== 'configured') {
        if (!isKey) continue;
        decoder = new VideoDecoder({ output: read, error: () => undefined });
        decoder.configure({ codec: 'vp8' });
      }
      decoder.decode(new EncodedVideoChunk({ type: isKey ? 'key' : 'delta', timestamp: index * 33_333, data }));
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    if (decoder?.state === 'configured') await decoder.flush().catch(() => undefined);
    return pictures;
  }, encoded);
}
