import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTool } from './runTool.ts';
import { type TemporaryTree, temporaryTree } from './temporaryTree.ts';

const injected = {
  'packages/service/src/injectedUnusedFile.ts': 'export const nobody = 1;\n',
  'packages/service/src/injectedIndex.ts': 'export const element = (list: readonly number[]): number => list[0];\n',
  'packages/service/src/injectedFormat.ts': 'export const  quoted = "twice"\n',
};

describe('the other guards', () => {
  let tree: TemporaryTree;

  beforeAll(() => {
    tree = temporaryTree(injected);
  });

  afterAll(() => tree[Symbol.dispose]());

  it('catch a file that nobody uses', { timeout: 60_000 }, () => {
    const { status, stdout } = runTool(tree.root, 'knip', ['--no-progress']);
    expect(status).not.toBe(0);
    expect(stdout).toMatch(/Unused files.*injectedUnusedFile\.ts/su);
  });

  it('catch a dependency that nobody uses', { timeout: 60_000 }, () => {
    using other = temporaryTree();
    other.write(
      'packages/protocol/package.json',
      JSON.stringify({
        name: '@sotto/protocol',
        version: '0.1.0',
        type: 'module',
        dependencies: { 'left-over': '1.0.0' },
      }),
    );
    const { status, stdout } = runTool(other.root, 'knip', ['--no-progress', '--dependencies']);
    expect(status).not.toBe(0);
    expect(stdout).toContain('left-over');
  });

  it('catch an index that may not exist', { timeout: 60_000 }, () => {
    const { status, stdout } = runTool(tree.root, 'tsc', ['--noEmit', '-p', 'packages/service']);
    expect(status).not.toBe(0);
    expect(stdout).toMatch(/injectedIndex\.ts.*TS2322/u);
  });

  it('catch what is formatted differently', () => {
    const { status, stdout, stderr } = runTool(tree.root, 'biome', ['check', 'packages/service/src/injectedFormat.ts']);
    expect(status).not.toBe(0);
    expect(`${stdout}${stderr}`).toContain('injectedFormat.ts');
  });
});
