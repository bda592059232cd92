import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { describe, expect, it } from 'vitest';

/** Bytes after gzip of all that the package gives to browsers. */
const budget = 16_500;

describe('what a browser gets', () => {
  it('is small, and needs nothing of Node', async () => {
    const built = await build({
      configFile: false,
      logLevel: 'silent',
      build: {
        write: false,
        lib: { entry: join(import.meta.dirname, '../../src/index.ts'), formats: ['es'], fileName: 'verifier' },
      },
    });
    const chunks = [built].flat().flatMap((result) => ('output' in result ? result.output : []));
    expect(chunks).toHaveLength(1);
    const [chunk] = chunks;
    if (chunk?.type !== 'chunk') throw new Error('vite made something else than a script');
    expect(chunk.imports).toEqual([]);
    expect(chunk.moduleIds.filter((id) => /node:|browser-external|\/(postgres|witness|command)\//.test(id))).toEqual(
      [],
    );
    expect(
      chunk.moduleIds.filter((id) => id.includes('/node_modules/')).every((id) => id.includes('/@noble/hashes/')),
    ).toBe(true);
    const size = gzipSync(chunk.code, { level: 9 }).length;
    expect(size).toBeLessThan(budget);
  });
});
