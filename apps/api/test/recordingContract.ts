import { describe } from 'vitest';
import { keepingContract } from './keepingContract.ts';
import { outageContract } from './outageContract.ts';
import type { RecordingScene } from './recordingScene.ts';
import { tamperingContract } from './tamperingContract.ts';
import { uploadContract } from './uploadContract.ts';

/** All that is asked of recordings, wherever they lie. @param where such as `in a folder` */
export function recordingContract(where: string, scene: () => RecordingScene): void {
  describe(where, () => {
    for (const contract of [uploadContract, outageContract, tamperingContract, keepingContract]) contract(scene);
  });
}
