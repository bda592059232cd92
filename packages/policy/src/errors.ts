/** The policies themselves are unusable: nothing may be decided with them, so nothing may start. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
}
