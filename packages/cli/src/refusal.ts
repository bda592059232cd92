import { type CommandError, notDone } from './errors.ts';

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'that isn’t allowed',
  EBUSY: 'something else is using it',
  EDQUOT: 'there is no room left',
  EFBIG: 'a file may not grow that large',
  EIO: 'the disk reports an error',
  EISDIR: 'a folder is where a file should be',
  ELOOP: 'links lead in a circle',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'something isn’t there',
  ENOSPC: 'there is no room left',
  ENOTDIR: 'a file is where a folder should be',
  EPERM: 'that isn’t allowed',
  EPIPE: 'whoever reads the result stopped before its end',
  EROFS: 'nothing can be written there',
};

/** One sentence for what the operating system refused; `null` for any other error. */
export const refusal = (error: unknown): CommandError | null => {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return null;
  const code = String(error.code);
  return notDone(`This can't be done: ${reasons[code] ?? 'the system refuses'} (${code}).`);
};
