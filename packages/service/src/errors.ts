/**
 * A reason why a service can't start that the person at the machine can act on.
 *
 * `message` is one plain sentence: what is wrong and what to do. It names variables and files' roles, never their
 * contents.
 */
export class StartError extends Error {
  readonly code = 'start';
  override readonly name = 'StartError';
}

const systemFaults: Record<string, string> = {
  EADDRINUSE: 'Port PORT is already in use; stop the program that has it or choose another port.',
  EADDRNOTAVAIL: 'This machine does not have the address that the service should listen on; choose another host.',
  EACCES: 'The system refused access to a port or a file; check who runs this and what they may open.',
  ENOSPC: 'The disk is full; free some space and start again.',
  EMFILE: 'Too many files are open; raise the limit (ulimit -n) and start again.',
  ECONNREFUSED: 'A server that this service needs does not answer; start that one first.',
};

/** What to tell a person about a fault at start: one sentence, nothing of the fault's own text. */
export function startSentence(fault: unknown): string {
  if (fault instanceof StartError) return fault.message;
  if (fault instanceof Error && 'code' in fault && typeof fault.code === 'string') {
    const port = 'port' in fault && typeof fault.port === 'number' ? String(fault.port) : '';
    const sentence = systemFaults[fault.code]?.replace('PORT ', port === '' ? '' : `${port} `);
    if (sentence !== undefined) return sentence;
  }
  return 'The service could not start because of a fault of its own; its log says where.';
}
