import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, relative } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { programOnPath } from './programOnPath.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sotto-path-'));
  for (const name of ['first', 'second']) mkdirSync(join(folder, name));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const place = (...parts: string[]) => join(folder, ...parts);
function program(...parts: string[]): string {
  writeFileSync(place(...parts), '#!/bin/sh\n');
  chmodSync(place(...parts), 0o755);
  return place(...parts);
}

it('is found in the first folder that has it, through a link too', () => {
  const path = [place('none'), place('first'), place('second')].join(delimiter);
  expect(programOnPath('tool', path)).toBeNull();
  const later = program('second', 'tool');
  expect(programOnPath('tool', path)).toBe(later);
  symlinkSync(later, place('first', 'tool'));
  expect(programOnPath('tool', path)).toBe(place('first', 'tool'));
});

it('isn’t a folder, a file that nobody may run, or anything in a folder without a root', () => {
  mkdirSync(place('first', 'tool'));
  writeFileSync(place('second', 'tool'), '');
  expect(programOnPath('tool', [place('first'), place('second')].join(delimiter))).toBeNull();
  const found = program('tool');
  expect(programOnPath('tool', folder)).toBe(found);
  expect(programOnPath('tool', `${delimiter}${relative(process.cwd(), folder)}`)).toBeNull();
});

it('is looked for on this process’s own path by default', () => {
  expect(programOnPath('sh')).toMatch(/\/sh$/u);
});
