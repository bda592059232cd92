import { ensureDebianPrograms } from '../process/debianPrograms.ts';

/**
 * Sees to it that `ffmpeg` and `ffprobe` are there: Debian's package, where installing it is ours to do.
 *
 * @throws StartError that names the package
 */
export const ensureFfmpeg = (): Promise<void> =>
  ensureDebianPrograms({ name: 'FFmpeg', packages: ['ffmpeg'], programs: ['ffmpeg', 'ffprobe'] });
