/**
 * In place of Node's `crypto`, which a library asks for where a browser has no WebCrypto: those can't keep a visit
 * private, and the stand-in that a bundler would pack in its stead weighs more than the call.
 */
export const webcrypto = undefined;
