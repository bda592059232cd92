/** Octets of UTF-8 in a message's text. */
export const chatTextOctets = 64 * 1024;

/**
 * What a text may not have: control characters but newline and tab, other line separators, and what turns the
 * direction of the text around it (UAX #9: embeddings, overrides, isolates), since it makes words look like others.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const forbidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

export type ChatTextFault = 'empty' | 'tooLong' | 'characters';

/** @returns null for a text that may be sent and shown as it is */
export function faultOf(text: string): ChatTextFault | null {
  // UTF-8 has one to three octets for each unit of UTF-16: most need no counting.
  if (text.length > chatTextOctets) return 'tooLong';
  if (!text.isWellFormed() || forbidden.test(text)) return 'characters';
  if (new TextEncoder().encode(text).length > chatTextOctets) return 'tooLong';
  return text.trim() === '' ? 'empty' : null;
}

export function isChatText(text: string): boolean {
  return faultOf(text) === null;
}
