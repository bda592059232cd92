/** The caps of SPEC.md section 12, and how much a reader hands out at a time. All but the first in bytes. */
export const maxRuns = 1024;
export const maxPayloadLength = 524_288;
export const maxSignatureLength = 4096;
export const maxHeadLength = 16_777_216;
/** Longest range that one `read` returns in one piece; streams have no limit. */
export const maxReadLength = 16_777_216;
