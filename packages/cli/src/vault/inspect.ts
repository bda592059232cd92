import { type ByteSource, headerLength, type ParsedManifest, parseHeader, type RunRecord } from '@sotto/vault';
import type { Terminal } from '../terminal.ts';
import { parseVaultArguments } from './arguments.ts';
import { inWords } from './checked.ts';
import { bytesWord, listing } from './sentences.ts';
import { withStored } from './storedObject.ts';

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

const fields = (terminal: Terminal, title: string, values: Readonly<Record<string, string | number | null>>): void => {
  terminal.out(`${title}\n`);
  for (const [name, value] of Object.entries(values)) terminal.out(`  ${name.padEnd(12)} ${value ?? 'none'}\n`);
};

const showHeader = async (terminal: Terminal, title: string, source: ByteSource): Promise<void> => {
  const header = await parseHeader(new Uint8Array(await source.read(0, Math.min(headerLength, source.length))));
  fields(terminal, title, {
    part: header.part,
    run: header.run,
    context: base64url(header.contextHash),
    previous: header.previous.every((byte) => byte === 0) ? null : base64url(header.previous),
    commitment: base64url(header.commitment),
    'header hash': base64url(header.hash),
    stored: bytesWord(source.length),
  });
};

const showRecord = (terminal: Terminal, { ending, length, segments, hash }: RunRecord): void => {
  fields(terminal, '  as signed:', { '  ending': ending, '  length': length, '  segments': segments, '  hash': hash });
};

const showManifest = (terminal: Terminal, manifest: ParsedManifest): void => {
  const { algorithm, publicKey, hash, sealedAt, roster, context } = manifest;
  fields(terminal, 'manifest, version 1', {
    ...context,
    roster,
    'sealed at': sealedAt,
    algorithm,
    signer: base64url(publicKey),
    'its hash': hash,
  });
};

/** `inspect`: header and structure, without any key. Nothing is checked. */
export const inspect = (args: readonly string[], terminal: Terminal): Promise<string> => {
  const { path } = parseVaultArguments(args, []);
  return inWords(() =>
    withStored(path, terminal, async (found) => {
      if (found.type === 'run') {
        await showHeader(terminal, 'a run by itself, version 1, suite 1', found.run);
        return 'This is one run without its manifest; nothing was checked.';
      }
      showManifest(terminal, found.manifest);
      for (const [run, source] of found.runs.entries()) {
        await showHeader(terminal, `run ${run}, version 1, suite 1`, source);
        const record = found.manifest.runs[run];
        if (record !== undefined) showRecord(terminal, record);
      }
      if (found.head !== null) await showHeader(terminal, 'head, version 1, suite 1', found.head);
      if (found.manifest.head !== null) showRecord(terminal, found.manifest.head);
      return `The manifest lists ${listing(found.manifest)}; nothing was checked.`;
    }),
  );
};
