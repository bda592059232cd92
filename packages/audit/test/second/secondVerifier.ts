/**
 * A second verifier of exported logs, written from SPEC.md to be read beside it. It uses node:crypto alone and shares
 * no code with the package. It holds everything in memory: it exists to show that the specification is enough.
 */
import { readCheckpoint, readCosignature, type SecondCheckpoint, type SecondKey } from './secondNote.ts';
import { leafHash, rootByPath, sha256, treeHash } from './secondTree.ts';

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** RFC 8785 for what occurs here. */
const jcs = (value: Json): string => {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(jcs).join(',')}]`;
  const members = Object.entries(value as Readonly<Record<string, Json>>).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${jcs(member)}`).join(',')}}`;
};

/** Reads a line that is an object in the spelling of RFC 8785; null if it isn't. */
const readLine = (line: string): Readonly<Record<string, Json>> | null => {
  try {
    const value = JSON.parse(line) as Json;
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject && jcs(value) === line ? (value as Readonly<Record<string, Json>>) : null;
  } catch {
    return null;
  }
};

// ── section 2 ────────────────────────────────────────────────────────────────────────────────────────────────────
const code = (max: number) => (value: Json) =>
  typeof value === 'string' && value.length <= max && /^[A-Za-z0-9_.:/@+-]+$/.test(value);
const base64url = (length: number) => (value: Json) =>
  typeof value === 'string' &&
  Buffer.from(value, 'base64url').length === length &&
  Buffer.from(value, 'base64url').toString('base64url') === value;
const orNull = (check: (value: Json) => boolean) => (value: Json) => value === null || check(value);

const fields: Readonly<Record<string, (value: Json) => boolean>> = {
  v: (value) => value === 1,
  id: base64url(16),
  time: (value) =>
    typeof value === 'string' &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value) &&
    !Number.isNaN(Date.parse(value)) &&
    new Date(value).toISOString() === value &&
    value >= '1970',
  actor: code(64),
  role: code(32),
  action: code(64),
  resource: code(160),
  patient: orNull(code(64)),
  purpose: orNull(code(64)),
  session: orNull(code(64)),
  address: orNull((value) => typeof value === 'string' && /^[0-9A-Fa-f.:]{2,45}$/.test(value)),
  userAgent: orNull((value) => typeof value === 'string' && /^[\x20-\x7e]{1,256}$/.test(value)),
  before: orNull(base64url(32)),
  after: orNull(base64url(32)),
  outcome: (value) => value === 'allowed' || value === 'refused' || value === 'failed',
  patientSequence: orNull((value) => Number.isSafeInteger(value) && Number(value) >= 1),
  patientPrevious: orNull(base64url(32)),
};

export interface SecondEntry {
  readonly id: string;
  readonly action: string;
  readonly resource: string;
  readonly outcome: string;
  readonly before: string | null;
  readonly patient: string | null;
  readonly patientSequence: number | null;
  readonly patientPrevious: string | null;
}

/** Null if the text isn't an entry. */
export const readEntry = (text: string): SecondEntry | null => {
  const entry = readLine(text);
  if (entry === null || Buffer.byteLength(text) > 4096) return null;
  const names = Object.keys(fields);
  if (Object.keys(entry).length !== names.length) return null;
  if (!names.every((name) => entry[name] !== undefined && fields[name]?.(entry[name] ?? null) === true)) return null;
  const { patient, patientSequence: count, patientPrevious: previous } = entry;
  if ((patient === null) !== (count === null)) return null;
  if ((previous === null) !== (count === null || count === 1)) return null;
  return entry as unknown as SecondEntry;
};

/** A hash or a salt; null unless it is spelled in the one way. */
const bytes32 = (text: string): Buffer | null => {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length === 32 && bytes.toString('base64url') === text ? bytes : null;
};

// ── section 3 ────────────────────────────────────────────────────────────────────────────────────────────────────
export const commitmentOf = (salt: Uint8Array, entry: string): Buffer => sha256(salt, Buffer.from(entry));

interface SecondLeaf {
  readonly index: number;
  readonly commitment: string;
  readonly salt: Buffer | null;
  readonly entry: string | null;
}

/** Null if it's no line of a leaf. */
const readLeaf = (line: string): SecondLeaf | null => {
  const match = /^\{"commitment":"([\w-]{43})",(?:"entry":(\{.*\}),)?"index":(\d+)(?:,"salt":"([\w-]{43})")?\}$/.exec(
    line,
  );
  if (!match || (match[2] === undefined) !== (match[4] === undefined) || line.length > 8192) return null;
  const [, commitment = '', entry = null, index = '', text = null] = match;
  const salt = text === null ? null : bytes32(text);
  if (bytes32(commitment) === null || (text !== null && salt === null)) return null;
  return { index: Number(index), commitment, entry, salt };
};

// ── sections 6 to 8 ──────────────────────────────────────────────────────────────────────────────────────────────
interface Reading {
  readonly leaves: SecondLeaf[];
  readonly checkpoints: (SecondCheckpoint & { readonly isWitnessed: boolean })[];
  readonly findings: string[];
}

const read = (lines: readonly string[], log: SecondKey, witness: SecondKey): Reading => {
  const reading: Reading = { leaves: [], checkpoints: [], findings: [] };
  const lastLeaf = lines.findLastIndex((line) => readLeaf(line) !== null);
  for (const [place, line] of lines.entries()) {
    const note = readLine(line)?.['checkpoint'];
    const leaf = readLeaf(line);
    if (typeof note === 'string') {
      // Checkpoints come behind the leaves.
      if (place < lastLeaf && !reading.findings.includes('unreadable')) reading.findings.push('unreadable');
      try {
        const isWitnessed = readCosignature(note, witness) !== null;
        reading.checkpoints.push({ ...readCheckpoint(note, log), isWitnessed });
      } catch {
        reading.findings.push('forged');
      }
    } else if (leaf !== null) reading.leaves.push(leaf);
    else reading.findings.push('unreadable');
  }
  return reading;
};

/** Whether an entry behind leaf `index` says that it was erased. */
const isErasureOnRecord = ({ index, commitment }: SecondLeaf, entries: readonly (SecondEntry | null)[]): boolean =>
  entries.some(
    (entry, at) =>
      at > index &&
      entry?.action === 'audit.erase' &&
      entry.outcome === 'allowed' &&
      entry.patient === null &&
      entry.resource === `entry:${index}` &&
      entry.before === commitment,
  );

/** The findings about leaf `index`, all of the log known. */
const judge = (leaf: SecondLeaf, all: readonly SecondLeaf[], entries: readonly (SecondEntry | null)[]): string[] => {
  const { index, commitment, salt, entry: text } = leaf;
  const isErased = isErasureOnRecord(leaf, entries);
  if (salt === null || text === null) return isErased ? [] : [`removed ${index}`];
  const unerased = isErased ? [`unerased ${index}`] : [];
  const opened = commitmentOf(salt, text).toString('base64url');
  if (opened !== commitment) {
    const home = all.find((other) => other.commitment === opened);
    if (home === undefined) return [`edited ${index}`, ...unerased];
    const standsThere = home.salt !== null && home.entry !== null && commitmentOf(home.salt, home.entry);
    const isAtHome = standsThere && standsThere.toString('base64url') === home.commitment;
    return [isAtHome ? `duplicated ${index}` : `reordered ${index}`, ...unerased];
  }
  const own = entries[index];
  if (!own) return [`malformed ${index}`, ...unerased];
  const first = entries.findIndex((entry) => entry?.id === own.id);
  return first < index ? [`duplicated ${index}`, ...unerased] : unerased;
};

/** Where a patient's entries don't follow each other, unless unreadable ones may lie between. */
const judgeChains = (all: readonly SecondLeaf[], entries: readonly (SecondEntry | null)[]): string[] => {
  const findings: string[] = [];
  const heads = new Map<string, { count: number; commitment: string; at: number }>();
  for (const [index, entry] of entries.entries()) {
    if (!entry?.patient || entry.patientSequence === null) continue;
    const head = heads.get(entry.patient) ?? { count: 0, commitment: null, at: -1 };
    const jump = entry.patientSequence - head.count - 1;
    const between = all.slice(head.at + 1, index).filter(({ index: at }) => !entries[at]);
    const unreadableBefore = all.slice(0, index).filter(({ index: at }) => !entries[at]);
    const isLinked =
      jump === 0
        ? entry.patientPrevious === head.commitment
        : unreadableBefore.some(({ commitment }) => commitment === entry.patientPrevious);
    if (jump < 0 || jump > between.length || !isLinked) findings.push(`patientGap ${index}`);
    heads.set(entry.patient, { count: entry.patientSequence, commitment: all[index]?.commitment ?? '', at: index });
  }
  return findings;
};

/** What is wrong with an exported log; empty if nothing is. Each checkpoint must be witnessed at one of its places. */
export const verifyExport = (lines: readonly string[], log: SecondKey, witness: SecondKey): string[] => {
  const header = readLine(lines[0] ?? '');
  if (header?.['v'] !== 1 || header['origin'] !== log.name) return ['no export of this log'];
  const size = Number(header['size']);
  const { leaves, checkpoints, findings } = read(lines.slice(1), log, witness);

  const seen = new Map<number, SecondLeaf>();
  for (const [place, leaf] of leaves.entries()) {
    if (leaf.index >= size) findings.push(`added ${leaf.index}`);
    else if (seen.has(leaf.index)) findings.push(`repeated ${leaf.index}`);
    else {
      if (leaf.index !== place && leaves.length === size) findings.push(`misplaced ${leaf.index}`);
      seen.set(leaf.index, leaf);
    }
  }
  const missing = Array.from({ length: size }, (_, index) => index).filter((index) => !seen.has(index));
  findings.push(...missing.map((index) => `missing ${index}`));
  const unbroken = missing[0] ?? size;

  const all = [...seen.values()].sort((a, b) => a.index - b.index);
  const entries: (SecondEntry | null)[] = [];
  for (const { index, commitment, salt, entry } of all) {
    const isOwn = salt !== null && entry !== null && commitmentOf(salt, entry).toString('base64url') === commitment;
    entries[index] = isOwn ? readEntry(entry) : null;
  }
  findings.push(...all.flatMap((leaf) => judge(leaf, all, entries)));
  if (missing.length === 0) findings.push(...judgeChains(all, entries));

  const hashes = all.map(({ commitment }) => leafHash(Buffer.from(commitment, 'base64url')));
  for (const { size: stated, root, isWitnessed } of checkpoints) {
    const isWitnessedSomewhere =
      isWitnessed || checkpoints.some((other) => other.isWitnessed && other.root.equals(root));
    if (!isWitnessedSomewhere) findings.push(`unwitnessed ${stated}`);
    if (stated > size) findings.push(`rollback ${stated}`);
    else if (stated <= unbroken && !treeHash(hashes.slice(0, stated)).equals(root)) findings.push(`fork ${stated}`);
  }
  const covered = checkpoints.filter(({ isWitnessed }) => isWitnessed).map(({ size: stated }) => stated);
  if (Math.max(-1, ...covered) < size) findings.push(`uncovered ${Math.max(0, ...covered)}`);
  return findings;
};

/** The entry that a proof proves, and when it was witnessed; throws if it proves nothing. */
export const verifyProof = (line: string, log: SecondKey, witness: SecondKey) => {
  const proof = readLine(line);
  const note = proof?.['checkpoint'];
  if (proof?.['v'] !== 1 || typeof note !== 'string' || Object.keys(proof).length !== 4) {
    throw new Error('second verifier: no proof');
  }
  const leaf = readLeaf(jcs(proof['leaf'] ?? null));
  if (!leaf?.salt || leaf.entry === null) throw new Error('second verifier: no leaf');
  const { size, root } = readCheckpoint(note, log);
  const commitment = commitmentOf(leaf.salt, leaf.entry);
  if (commitment.toString('base64url') !== leaf.commitment) throw new Error('second verifier: edited');
  const path = (proof['proof'] as readonly string[]).map((text) => {
    const hash = bytes32(text);
    if (hash === null) throw new Error('second verifier: no hash');
    return hash;
  });
  if (leaf.index >= size) throw new Error('second verifier: behind the end');
  if (!rootByPath(leafHash(commitment), leaf.index, size, path).equals(root)) {
    throw new Error('second verifier: it does not stand there');
  }
  return { index: leaf.index, entry: readEntry(leaf.entry), witnessedAt: readCosignature(note, witness) };
};
