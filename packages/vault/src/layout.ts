import { LengthError, type Place } from './errors.ts';

/**
 * The arithmetic of a body (SPEC.md section 7; Tink's AES256-GCM-HKDF-4KB): where each segment's plaintext and
 * ciphertext begin and end. Offsets into the body count from its first byte, plaintext offsets from the run's.
 */
export const bodyHeaderLength = 40;
export const segmentLength = 4096;
export const tagLength = 16;
export const maxSegments = 2 ** 32;
/** Bytes of the body that are hashed at a time (SPEC.md section 8), and the segments in them. */
export const blockLength = 262_144;
export const blockSegments = blockLength / segmentLength;

const firstCapacity = segmentLength - bodyHeaderLength - tagLength;
const fullCapacity = segmentLength - tagLength;

/** Plaintext bytes that segment `index` holds when it is full. */
export const capacity = (index: number): number => (index === 0 ? firstCapacity : fullCapacity);

/** Plaintext offset at which segment `index` begins. */
export const plaintextStart = (index: number): number => (index === 0 ? 0 : firstCapacity + (index - 1) * fullCapacity);

/** The segment that holds the plaintext byte at `offset`. */
export const segmentAt = (offset: number): number =>
  offset < firstCapacity ? 0 : 1 + Math.floor((offset - firstCapacity) / fullCapacity);

/** Body offset at which segment `index` begins. */
export const ciphertextStart = (index: number): number => (index === 0 ? bodyHeaderLength : index * segmentLength);

/** Body offset just after segment `index` of a body of `bodyLength` bytes. */
export const ciphertextEnd = (index: number, bodyLength: number): number =>
  Math.min((index + 1) * segmentLength, bodyLength);

/** Segments of a body that holds `length` bytes of plaintext: at least one, and none is empty but the only one. */
export const segmentsFor = (length: number): number => (length === 0 ? 1 : segmentAt(length - 1) + 1);

/** Bytes of a body that holds `length` bytes of plaintext. */
export const bodyLengthFor = (length: number): number => bodyHeaderLength + length + tagLength * segmentsFor(length);

/**
 * Bytes of plaintext in a closed body of `bodyLength` bytes.
 *
 * @throws LengthError when no plaintext makes a body of that length
 */
export const plaintextLength = (bodyLength: number, place: Place): number => {
  const segments = Math.ceil(bodyLength / segmentLength);
  const length = bodyLength - bodyHeaderLength - tagLength * segments;
  if (length < 0 || bodyLengthFor(length) !== bodyLength) throw new LengthError(place);
  return length;
};

/** Bytes of plaintext in `segments` full segments: what is left of a run that was cut. */
export const cutLength = (segments: number): number => plaintextStart(segments);
