import { rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import process from 'node:process';

/**
 * A file or folder that may not outlive the command. It is removed when it's disposed of, or, if the process ends before
 * that by anything but being killed, then.
 */
export class Temporary implements AsyncDisposable {
  readonly path: string;
  readonly #atExit: () => void;

  /** @param path what is there, or will be; nobody else's */
  constructor(path: string) {
    this.path = path;
    this.#atExit = () => rmSync(path, { recursive: true, force: true });
    process.once('exit', this.#atExit);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
    process.off('exit', this.#atExit);
  }
}
