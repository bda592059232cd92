import { manyRuns } from '@sotto/browsers/runs';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  cosignedAt,
  encodeSignedCheckpoint,
  parseCheckpoint,
  parseSignedCheckpoint,
  parseVerifierKey,
  portableTreeHasher,
  signedByLog,
} from '../src/index.ts';
import { anyOf } from './arbitraries.ts';
import { checkpointOf, SampleLog, trust } from './sampleLog.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);

describe('a signed checkpoint', () => {
  let note: string;
  beforeAll(async () => {
    note = new TextDecoder().decode(encodeSignedCheckpoint(await checkpointOf(SampleLog.of(7).leaves)));
  });

  it('with any character changed is refused, not the log’s, not witnessed, or the same', async () => {
    const { log, witnesses } = await trust();
    const [witness] = witnesses;
    if (!witness) throw new Error('there is a witness');
    await fc.assert(
      fc.asyncProperty(fc.nat(note.length - 1), anyOf('A0z=+/ \n—'), async (at, character) => {
        fc.pre(note[at] !== character);
        const changed = note.slice(0, at) + character + note.slice(at + 1);
        let signed: ReturnType<typeof parseSignedCheckpoint>;
        try {
          signed = parseSignedCheckpoint(utf8(changed));
        } catch (error) {
          expect(error).toMatchObject({ name: 'AuditFormatError' });
          return;
        }
        const isTheirs = (await signedByLog(signed, log)) && (await cosignedAt(signed, witness)) !== null;
        expect(isTheirs).toBe(false);
      }),
      { numRuns: manyRuns },
    );
  });

  it.each([
    ['no signature', (text: string) => text.slice(0, text.indexOf('\n\n') + 1)],
    ['no end', (text: string) => text.slice(0, -1)],
    ['a control character', (text: string) => text.replace('log\n', 'log\t\n')],
    ['a carriage return', (text: string) => text.replace('\n', '\r\n')],
    ['an extension line', (text: string) => text.replace('\n\n', '\nmore\n\n')],
    ['a size with zeros', (text: string) => text.replace('\n7\n', '\n07\n')],
    ['a size that no number holds', (text: string) => text.replace('\n7\n', '\n9007199254740993\n')],
    ['a shorter root', (text: string) => text.replace(/\n.{44}\n/, `\n${'A'.repeat(42)}==\n`)],
    ['too many signatures', (text: string) => text + text.slice(text.indexOf('—')).repeat(16)],
    ['too much', (text: string) => `${'x'.repeat(65_536)}${text}`],
  ])('with %s is refused', (_, change) => {
    expect(change(note)).not.toBe(note);
    expect(() => parseSignedCheckpoint(utf8(change(note)))).toThrow();
    expect(() => parseCheckpoint('example.org/log\n7\n')).toThrow('checkpoint');
  });

  it('is read up to 64 KiB, whoever signed and at what length, and no further', async () => {
    const { log, witnesses } = await trust();
    const long = (length: number): string => `— example.net/w ${btoa('x'.repeat(length))}\n`;
    const padded = (bytes: number): string => note + long(Math.floor((bytes - note.length - 40) / 4) * 3);
    const signed = parseSignedCheckpoint(utf8(padded(65_000)));
    expect(await signedByLog(signed, log)).toBe(true);
    expect(witnesses[0] && (await cosignedAt(signed, witnesses[0]))).toBe(1_800_000_000);
    expect(() => parseSignedCheckpoint(utf8(padded(66_500)))).toThrow('note: too large');
  });

  it('is the log’s by one signature that checks, of this key, type and origin', async () => {
    const { log, witnesses } = await trust();
    const [witness] = witnesses;
    if (!witness) throw new Error('there is a witness');
    const signed = parseSignedCheckpoint(utf8(note));
    const bogus = signed.note.signatures.map((each) => ({
      ...each,
      signature: each.signature.with(20, (each.signature[20] ?? 0) ^ 1),
    }));
    const withFirst = (signatures: typeof signed.note.signatures) => ({
      ...signed,
      note: { ...signed.note, signatures },
    });
    const both = withFirst([...bogus, ...signed.note.signatures]);
    expect([await signedByLog(both, log), await cosignedAt(both, witness)]).toEqual([true, 1_800_000_000]);
    expect([await signedByLog(withFirst(bogus), log), await cosignedAt(withFirst(bogus), witness)]).toEqual([
      false,
      null,
    ]);
    // A witness's key is no log's, nor the other way round, though both sign.
    expect(await signedByLog(signed, { ...log, type: witness.type })).toBe(false);
    expect(await cosignedAt(signed, { ...witness, type: log.type })).toBeNull();
    const elsewhere = { ...signed, checkpoint: { ...signed.checkpoint, origin: 'example.org/other' } };
    expect(await signedByLog(elsewhere, log)).toBe(false);
  });

  it('is refused if it isn’t text', () => {
    expect(() => parseSignedCheckpoint(Uint8Array.of(0xff, 0x0a, 0x0a))).toThrow('UTF-8');
  });
});

describe('a verifier key', () => {
  it.each([
    'example.org/log',
    'example.org/log+00000000+AAAA',
    'exa mple+2ad393e7+AUDSwHD8/WrhPEnr4BnSvoyZmL5n3XM3tYfMt6ElCdbk',
    'sotto.example/access-log+2ad393e7+AkDSwHD8/WrhPEnr4BnSvoyZmL5n3XM3tYfMt6ElCdbk',
    'sotto.example/access-log+2ad393e7+AUDSwHD8/WrhPEnr4BnSvoyZmL5n3XM3tYfMt6ElCdbl',
  ])('%s is refused', (text) => {
    expect(() => parseVerifierKey(text, portableTreeHasher.sha256)).toThrow('verifierKey');
  });
});
