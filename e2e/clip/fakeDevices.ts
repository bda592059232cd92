import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FakeDevices } from '../browser.ts';
import { writeAudioClip } from './audioClip.ts';
import { writeVideoClip } from './videoClip.ts';

/** Whose fake camera shows which clip. */
export const clips = { physician: 1, patient: 2 } as const;

/** Clips for two people, in a folder of their own. */
export interface ClipFolder extends Disposable {
  readonly physician: FakeDevices;
  readonly patient: FakeDevices;
}

export function writeClips(): ClipFolder {
  const folder = mkdtempSync(join(tmpdir(), 'sotto-clips-'));
  const write = (name: keyof typeof clips): FakeDevices => {
    const files = { video: join(folder, `${name}.y4m`), audio: join(folder, `${name}.wav`) };
    writeVideoClip(files.video, clips[name]);
    writeAudioClip(files.audio);
    return files;
  };
  return {
    physician: write('physician'),
    patient: write('patient'),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
