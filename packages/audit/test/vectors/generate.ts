/**
 * Wrote v1.json, once. It refuses to write it again: what version 1 means is what the file says. Kept so that anybody
 * can see how each value came to be. Run by `npm run vectors -w @sotto/audit`.
 */
import { createHash, createPrivateKey, hkdfSync } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  appendLeaves,
  commit,
  consistencyPath,
  cosign,
  type Entry,
  emptyRange,
  encodeEntry,
  encodeSignedCheckpoint,
  formatCheckpointLine,
  formatExportHeader,
  formatLeafLine,
  formatProvenEntry,
  formatVerifierKey,
  inclusionPath,
  type LoggedLeaf,
  type NoteKeyType,
  type NoteSigner,
  nextInChain,
  noteKeyTypes,
  type PatientHead,
  rootOf,
  type SignedCheckpoint,
  type Subtree,
  signCheckpoint,
  toBase64url,
  withSignature,
} from '../../src/index.ts';
import { nodeTreeHasher as hasher } from '../../src/postgres/index.ts';
import { createKeyObjectSigner } from '../../src/witness/index.ts';

const target = join(import.meta.dirname, 'v1.json');
if (existsSync(target)) throw new Error('v1.json is frozen.');

/** Fixed bytes by name. */
const fixed = (name: string, length: number): Uint8Array<ArrayBuffer> =>
  new Uint8Array(hkdfSync('sha256', 'sotto/audit/v1 vectors', '', name, length));

const signerOf = (name: string, type: NoteKeyType): NoteSigner => {
  const key = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), fixed(name, 32)]);
  return createKeyObjectSigner(createPrivateKey({ key, format: 'der', type: 'pkcs8' }), name, type);
};
const origin = 'sotto.example/access-log';
const logSigner = signerOf(origin, noteKeyTypes.ed25519);
const witnessSigner = signerOf('witness.example', noteKeyTypes.cosignatureV1);

// ── a tree of many sizes ───────────────────────────────────────────────────────────────────────────────────────────
const largest = 65_793;
const leafHash = (index: number): Uint8Array => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(index);
  return hasher.leaf(createHash('sha256').update(bytes).digest());
};
const leafHashes = Array.from({ length: largest }, (_, index) => leafHash(index));
const subtreeRoot = ({ start, length }: Subtree): string =>
  toBase64url(rootOf(appendLeaves(emptyRange, leafHashes.slice(start, start + length), hasher), hasher));

const sizes = [
  ...Array.from({ length: 34 }, (_, size) => size),
  63,
  64,
  65,
  255,
  256,
  257,
  1000,
  1024,
  65_536,
  largest,
];
const roots = sizes.map((size) => ({ size, root: subtreeRoot({ start: 0, length: size }) }));
const places = [
  [0, 1],
  [0, 2],
  [1, 2],
  [2, 3],
  [0, 7],
  [3, 7],
  [4, 7],
  [6, 7],
  [5, 8],
  [0, 33],
  [31, 33],
  [32, 33],
  [255, 257],
  [256, 257],
  [999, 1000],
  [0, largest],
  [65_535, largest],
  [65_536, largest],
  [65_792, largest],
] as const;
const inclusion = places.map(([index, size]) => ({ index, size, proof: inclusionPath(index, size).map(subtreeRoot) }));
const pairs = [
  [0, 0],
  [0, 7],
  [1, 1],
  [1, 2],
  [2, 3],
  [3, 7],
  [4, 7],
  [6, 7],
  [7, 8],
  [6, 8],
  [32, 33],
  [31, 33],
  [255, 1024],
  [256, 1024],
  [257, 1000],
  [65_536, largest],
  [1000, largest],
] as const;
const consistency = pairs.map(([old, size]) => ({ old, size, proof: consistencyPath(old, size).map(subtreeRoot) }));

// ── a log ──────────────────────────────────────────────────────────────────────────────────────────────────────────
const plain = {
  actor: 'staff:4f1c',
  role: 'physician',
  action: 'recording.open',
  resource: 'recording:9a',
  patient: null,
  purpose: 'treatment',
  address: '192.0.2.7',
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64) "quoted" \\back/',
  session: 's:1',
  before: null,
  after: null,
  outcome: 'allowed',
} as const;
const about = { first: { patient: 'p:aaaa' }, second: { patient: 'p:bbbb' } } as const;
const drafts: (Partial<Entry> & { before?: string | null })[] = [
  { action: 'log.start', resource: 'log', purpose: null, address: null, userAgent: null, session: null },
  about.first,
  { ...about.second, address: '2001:db8::7', outcome: 'refused' },
  {
    ...about.first,
    action: 'note.write',
    before: toBase64url(fixed('before', 32)),
    after: toBase64url(fixed('after', 32)),
  },
  { ...about.first, userAgent: ' !"#$%&\'()*+,-./0123456789:;<=>?@AZ[\\]^_`az{|}~' },
  { ...about.second, outcome: 'failed', resource: 'r'.repeat(160), actor: 'a'.repeat(64) },
  { role: 'auditor', action: 'audit.read', resource: 'log' },
  { ...about.first, time: '2028-02-29T23:59:59.999Z' },
];

const leaves: LoggedLeaf[] = [];
const entries: object[] = [];
const heads = new Map<string, PatientHead>();

function append(change: Partial<Entry>): void {
  const index = leaves.length;
  const patient = change.patient ?? null;
  const chain = patient === null ? { patientSequence: null, patientPrevious: null } : nextInChain(heads.get(patient));
  const entry: Entry = {
    v: 1,
    id: toBase64url(fixed(`id ${index}`, 16)),
    time: `2026-11-22T08:00:00.00${index % 10}Z`,
    ...plain,
    ...change,
    ...chain,
  };
  const encoded = encodeEntry(entry);
  const salt = fixed(`salt ${index}`, 32);
  const commitment = commit(salt, encoded, hasher);
  if (patient !== null)
    heads.set(patient, { sequence: chain.patientSequence ?? 0, commitment: toBase64url(commitment) });
  leaves.push({ index, commitment, content: { encoded, salt } });
  entries.push({
    entry,
    spelling: new TextDecoder().decode(encoded),
    salt: toBase64url(salt),
    commitment: toBase64url(commitment),
    leafHash: toBase64url(hasher.leaf(commitment)),
  });
}
for (const draft of drafts) append(draft);

const logRange = (size: number) =>
  appendLeaves(
    emptyRange,
    leaves.slice(0, size).map(({ commitment }) => hasher.leaf(commitment)),
    hasher,
  );
async function checkpoint(size: number, seconds: number): Promise<[SignedCheckpoint, SignedCheckpoint]> {
  const signed = await signCheckpoint({ origin, size, root: rootOf(logRange(size), hasher) }, logSigner);
  return [signed, withSignature(signed, await cosign(signed.checkpoint, witnessSigner, seconds))];
}

const [, early] = await checkpoint(5, 1_795_334_400);
const erased = 3;
append({
  role: 'privacy',
  action: 'audit.erase',
  resource: `entry:${erased}`,
  before: toBase64url(leaves[erased]?.commitment ?? new Uint8Array()),
});
append(about.first);
const [late, lateCosigned] = await checkpoint(leaves.length, 1_795_334_460);

const kept = leaves.map((leaf) => (leaf.index === erased ? { ...leaf, content: null } : leaf));
const text = (signed: SignedCheckpoint): string => new TextDecoder().decode(encodeSignedCheckpoint(signed));
const exported = [
  formatExportHeader({ origin, size: leaves.length }),
  ...kept.map(formatLeafLine),
  ...[early, late, lateCosigned].map(formatCheckpointLine),
];
const [provenLeaf] = kept.slice(4);
if (!provenLeaf) throw new Error('there are more leaves than that');
const proof = inclusionPath(4, leaves.length).map(({ start, length }) =>
  rootOf(
    appendLeaves(
      emptyRange,
      leaves.slice(start, start + length).map(({ commitment }) => hasher.leaf(commitment)),
      hasher,
    ),
    hasher,
  ),
);

const vectors = {
  about: 'The log, version 1 (SPEC.md). Frozen. Bytes are base64url.',
  logKey: formatVerifierKey(logSigner.key),
  witnessKey: formatVerifierKey(witnessSigner.key),
  privateKeys: { log: toBase64url(fixed(origin, 32)), witness: toBase64url(fixed('witness.example', 32)) },
  entries,
  tree: { roots, inclusion, consistency },
  checkpoint: { signed: text(late), cosigned: text(lateCosigned), cosignedAt: 1_795_334_460 },
  erased,
  export: exported,
  proof: formatProvenEntry({ leaf: provenLeaf, proof, checkpoint: lateCosigned }),
};
writeFileSync(target, `${JSON.stringify(vectors, null, 1)}\n`, { flag: 'wx' });
