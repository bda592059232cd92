import type { Page, WebSocketRoute } from '@playwright/test';
import type { RunningSystem } from './system/runningSystem.ts';

/** One page's connection to signaling, which can be cut and mended like a bad line. */
export class SignalingLine {
  #isCut = false;
  readonly #open = new Set<WebSocketRoute>();

  /** To be called before the page connects. */
  static async of(page: Page, system: RunningSystem): Promise<SignalingLine> {
    const line = new SignalingLine();
    await page.routeWebSocket(
      (url) => url.host === system.signaling.host,
      (socket) => line.#carry(socket),
    );
    return line;
  }

  /** Nothing comes through in either direction, and neither end is told. */
  cut(): void {
    this.#isCut = true;
  }

  /** What was lost stays lost; the page connects anew. */
  async mend(): Promise<void> {
    this.#isCut = false;
    for (const socket of [...this.#open]) await socket.close();
    this.#open.clear();
  }

  #carry(socket: WebSocketRoute): void {
    if (this.#isCut) {
      void socket.close();
      return;
    }
    this.#open.add(socket);
    const server = socket.connectToServer();
    socket.onMessage((message) => {
      if (!this.#isCut) server.send(message);
    });
    server.onMessage((message) => {
      if (!this.#isCut) socket.send(message);
    });
    socket.onClose((code, reason) => {
      this.#open.delete(socket);
      if (!this.#isCut) void server.close({ ...(code === undefined ? {} : { code }), ...(reason ? { reason } : {}) });
    });
  }
}
