/**
 * A reason why a command can't go on that the person at the terminal can act on.
 *
 * `message` is one plain sentence or two on one line: what is wrong and what to do. No stack is shown for it.
 */
export class StartError extends Error {
  readonly code = 'start';
  override readonly name = 'StartError';
}

/** The command line itself is wrong. The command exits with status 2. */
export class UsageError extends Error {
  readonly code = 'usage';
  override readonly name = 'UsageError';
}

/** The person asked to stop while a step was running. Nothing is wrong. */
export class Cancelled extends Error {
  readonly code = 'cancelled';
  override readonly name = 'Cancelled';
}

const systemFaults: Record<string, string> = {
  ENOSPC: 'The disk is full at PLACE: free some space (Sotto needs about 1 GB), then start again.',
  EDQUOT: 'Your disk quota is used up at PLACE: free some space (Sotto needs about 1 GB), then start again.',
  EACCES: 'No permission to use PLACE: check who owns it, or choose another data folder with --data DIR.',
  EPERM: 'No permission to change PLACE: check who owns it, or choose another data folder with --data DIR.',
  EROFS: 'PLACE is on a read-only disk: choose another data folder with --data DIR.',
  ENOTDIR: 'PLACE is not a folder: choose another data folder with --data DIR.',
  ENOENT: 'PLACE does not exist and can not be made: choose another data folder with --data DIR.',
  EMFILE: 'Too many files are open: raise the limit (ulimit -n 4096), then start again.',
  ENFILE: 'The whole machine has too many files open: close some programs, then start again.',
  ENOMEM: 'There is not enough memory: close some programs, then start again.',
  EAGAIN: 'The system allows no more processes: raise the limit (ulimit -u), then start again.',
};

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/**
 * What to tell a person about any fault: our own sentences as they are, the system's by their code, and for a defect
 * its message.
 *
 * @param place what was being used, if the fault doesn't name a path itself
 */
export function faultSentence(fault: unknown, place = 'a file that Sotto needs'): string {
  if (fault instanceof StartError || fault instanceof UsageError) return fault.message;
  if (!(fault instanceof Error)) return 'Something unexpected was thrown; this is a defect in Sotto.';
  const code = 'code' in fault ? text(fault.code) : undefined;
  const path = 'path' in fault ? text(fault.path) : undefined;
  const sentence = systemFaults[code ?? ''];
  if (sentence) return sentence.replace('PLACE', path ?? place);
  return `Unexpected: ${fault.message.split('\n', 1)[0] ?? ''} (this is a defect in Sotto).`;
}
