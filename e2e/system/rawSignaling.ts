import { readFileSync } from 'node:fs';
import { io, type Socket } from 'socket.io-client';
import type { RunningSystem } from './runningSystem.ts';

/** What came back for an event that was sent. */
export type Answer =
  | { readonly tag: 'answered'; readonly value: unknown }
  /** The connection was closed instead. */
  | { readonly tag: 'closed' }
  | { readonly tag: 'silent' };

/** A connection to signaling that may send anything. */
export class RawSignaling {
  readonly socket: Socket;

  private constructor(socket: Socket) {
    this.socket = socket;
  }

  /**
   * @param auth what goes into the handshake
   * @throws with signaling's own words if it refuses
   */
  static async connect(system: RunningSystem, auth: Record<string, unknown>): Promise<RawSignaling> {
    const options = {
      auth,
      ca: readFileSync(system.ca, 'utf8'),
      extraHeaders: { origin: system.web.origin },
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
      timeout: 10_000,
    };
    const socket = io(system.signaling.href, options);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('connect_error', reject);
    }).catch((error: unknown) => {
      socket.close();
      throw error;
    });
    return new RawSignaling(socket);
  }

  get isOpen(): boolean {
    return this.socket.connected;
  }

  /** Sends an event with any arguments and waits for its acknowledgement. */
  async send(event: string, ...parts: unknown[]): Promise<Answer> {
    if (!this.isOpen) return { tag: 'closed' };
    return await new Promise((resolve) => {
      const timer = setTimeout(() => finish({ tag: 'silent' }), 10_000);
      const onClose = (): void => finish({ tag: 'closed' });
      const finish = (answer: Answer): void => {
        clearTimeout(timer);
        this.socket.off('disconnect', onClose);
        resolve(answer);
      };
      this.socket.once('disconnect', onClose);
      this.socket.emit(event, ...parts, (value: unknown) => finish({ tag: 'answered', value }));
    });
  }

  close(): void {
    this.socket.close();
  }
}
