import { type ChildProcess, fork } from 'node:child_process';

/** A program that was started as a process of its own. */
export interface StartedProgram {
  readonly child: ChildProcess;
  /** The first thing that it tells whoever started it. */
  readonly told: Promise<unknown>;
  /** Its exit code once its output has ended too; null if a signal ended it. */
  readonly ended: Promise<number | null>;
  /** What it has written so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
}

/** Programs that a test starts; none of them outlives it. */
export class StartedPrograms {
  readonly #running = new Set<ChildProcess>();

  /** @param environment all that it sees: nothing is handed on */
  start(program: URL, args: readonly string[], environment: Readonly<Record<string, string>>): StartedProgram {
    const child = fork(program, args, {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Not those of the test's own runner.
      execArgv: [],
    });
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const told = new Promise<unknown>((resolve) => child.once('message', resolve));
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    this.#running.add(child);
    void ended.then(() => this.#running.delete(child));
    return { child, told, ended, stdout: () => stdout, stderr: () => stderr };
  }

  /** Ends those that still run. */
  kill(): void {
    for (const child of this.#running) child.kill('SIGKILL');
  }
}
