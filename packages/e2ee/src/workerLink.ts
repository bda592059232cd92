import { Emitter } from './emitter.ts';
import { CallCryptoError } from './errors.ts';
import {
  type CommandInput,
  type CommandName,
  type CommandReply,
  commands,
  type EventMessage,
  type EventMessages,
  type EventName,
  events,
  workerEnvelope,
} from './workerMessages.ts';

const heartbeatMs = 2_000;
/** Two heartbeats in a row: one alone may only mean that the machine has slept. */
const missedHeartbeats = 2;

interface Waiting {
  settle(value: unknown): void;
  fail(error: CallCryptoError): void;
}

/** Commands to the worker and events from it, each parsed where it arrives. */
export class WorkerLink {
  readonly events = new Emitter<EventMessages>();
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #heartbeat: ReturnType<typeof setInterval>;
  #unanswered = 0;
  #nextId = 0;
  #open = true;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.onmessage = (message: MessageEvent<unknown>) => {
      this.#receive(message.data);
    };
    worker.onerror = () => {
      this.die('fault');
    };
    worker.onmessageerror = () => {
      this.die('fault');
    };
    this.#heartbeat = setInterval(() => {
      this.#beat();
    }, heartbeatMs);
  }

  /** @throws CallCryptoError by the worker's answer; `dead` if it has none any more */
  async call<N extends CommandName>(
    command: N,
    request: CommandInput<N>,
    transfer: Transferable[] = [],
  ): Promise<CommandReply<N>> {
    if (!this.#open) throw new CallCryptoError('dead');
    const id = this.#nextId++;
    const value = await new Promise<unknown>((settle, fail) => {
      this.#waiting.set(id, { settle, fail });
      this.#worker.postMessage({ id, command, request }, transfer);
    });
    const parsed = commands[command].reply.safeParse(value);
    if (!parsed.success) {
      this.die('fault');
      throw new CallCryptoError('internal');
    }
    return parsed.data as CommandReply<N>;
  }

  /** The worker is taken for lost: told once, then nothing more comes out of here. */
  die(reason: EventMessage<'dead'>['reason']): void {
    if (!this.#open) return;
    this.close();
    this.events.emit('dead', { reason });
  }

  close(): void {
    this.#open = false;
    clearInterval(this.#heartbeat);
    this.#worker.terminate();
    for (const waiting of this.#waiting.values()) waiting.fail(new CallCryptoError('dead'));
    this.#waiting.clear();
  }

  #receive(data: unknown): void {
    const envelope = workerEnvelope.safeParse(data);
    if (!this.#open) return;
    if (!envelope.success) {
      this.die('fault');
      return;
    }
    if ('event' in envelope.data) {
      this.#tell(envelope.data.event, envelope.data.message);
      return;
    }
    const waiting = this.#waiting.get(envelope.data.id);
    this.#waiting.delete(envelope.data.id);
    if (envelope.data.ok) waiting?.settle(envelope.data.value);
    else waiting?.fail(new CallCryptoError(envelope.data.code));
  }

  #tell(name: EventName, message: unknown): void {
    const parsed = events[name].safeParse(message);
    if (!parsed.success) this.die('fault');
    else if (name === 'dead') this.die((parsed.data as EventMessage<'dead'>).reason);
    else this.events.emit(name, parsed.data as never);
  }

  #beat(): void {
    if (this.#unanswered >= missedHeartbeats) {
      this.die('unresponsive');
      return;
    }
    this.#unanswered += 1;
    this.call('ping', {}).then(
      () => {
        this.#unanswered = 0;
      },
      () => {
        this.die('fault');
      },
    );
  }
}
