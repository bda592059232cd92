import { CallSession } from './callSession.ts';
import type { TransformEnds } from './encodedFrame.ts';
import { type CallCryptoCode, CallCryptoError, KeyConflictError } from './errors.ts';
import type { Clocks } from './mediaKeys.ts';
import { Transforms } from './transforms.ts';
import {
  attachment,
  type CommandName,
  type CommandReply,
  type CommandRequest,
  commandEnvelope,
  commands,
  type Tell,
} from './workerMessages.ts';

/** What the page is sent; the worker's shell posts it. */
export type Post = (envelope: unknown) => void;

interface Running {
  session: CallSession;
  transforms: Transforms;
}

type Handlers = { [N in CommandName]: (request: CommandRequest<N>) => Promise<CommandReply<N>> };

/** Carries out the page's commands one after the other, in the order in which they came. */
export class CommandLoop {
  readonly #clocks: Clocks;
  readonly #post: Post;
  readonly #handlers: Handlers;
  #running: Running | null = null;
  #turn: Promise<void> = Promise.resolve();
  #ended = false;

  constructor(clocks: Clocks, post: Post) {
    this.#clocks = clocks;
    this.#post = post;
    this.#handlers = this.#makeHandlers();
  }

  /** @param data what the page has posted */
  receive(data: unknown): void {
    const envelope = commandEnvelope.safeParse(data);
    // Nobody could be answered: the page's code and this one don't belong together.
    if (!envelope.success) {
      this.die('fault');
      return;
    }
    const { id, command, request } = envelope.data;
    this.#turn = this.#turn.then(() => this.#carryOut(id, command, request));
  }

  /** A transform's ends have come by `RTCRtpScriptTransform`; without a session they stay shut. */
  receiveTransform(options: unknown, ends: TransformEnds): void {
    const parsed = attachment.safeParse(options);
    if (parsed.success) this.#running?.transforms.attach(parsed.data, ends);
  }

  tick(): void {
    this.#running?.transforms.tick();
    this.#running?.session.tick();
  }

  /** Destroys the keys, then tells the page. */
  die(reason: 'keyConflict' | 'fault'): void {
    if (this.#ended) return;
    this.#end();
    this.#post({ event: 'dead', message: { reason } });
  }

  async #carryOut(id: number, command: CommandName, request: unknown): Promise<void> {
    const parsed = commands[command].request.safeParse(request);
    if (!parsed.success) {
      this.#fail(id, 'invalid');
      return;
    }
    if (this.#ended) {
      this.#fail(id, 'dead');
      return;
    }
    try {
      const value = await this.#handlers[command](parsed.data as never);
      this.#post({ id, ok: true, value });
    } catch (error) {
      if (error instanceof CallCryptoError) {
        this.#fail(id, error.code);
        return;
      }
      this.#fail(id, 'internal');
      // What threw may have stopped half way: no key may be used after that.
      this.die(error instanceof KeyConflictError ? 'keyConflict' : 'fault');
    }
  }

  #fail(id: number, code: CallCryptoCode): void {
    this.#post({ id, ok: false, code });
  }

  #end(): void {
    this.#ended = true;
    this.#running?.transforms.tap.close();
    this.#running?.session.destroy();
  }

  #makeHandlers(): Handlers {
    const session = (): CallSession => this.#started().session;
    return {
      start: async (visit) => {
        if (this.#running !== null) throw new CallCryptoError('wrongState');
        const tell: Tell = (event, message) => {
          this.#post({ event, message });
        };
        const started = await CallSession.start(visit, this.#clocks, tell, () => this.#running?.transforms.wake());
        this.#running = { session: started, transforms: new Transforms(started, this.#clocks, tell) };
        return { leaf: started.leaf };
      },
      authorize: (request) => session().authorize(request),
      createGroup: (request) => session().createGroup(request),
      keyPackage: () => session().keyPackage(),
      commit: (request) => session().commit(request),
      commitAccepted: () => session().commitAccepted(),
      commitRejected: () => {
        session().commitRejected();
        return Promise.resolve({});
      },
      withdrawRemoval: (request) => {
        session().withdrawRemoval(request);
        return Promise.resolve({});
      },
      processCommit: (request) => session().processCommit(request),
      joinWelcome: (request) => session().joinWelcome(request),
      processApplication: (request) => session().processApplication(request),
      announceTracks: (request) => session().announceTracks(request),
      introduce: () => session().introduce(),
      compare: async () => {
        await session().talk.compare();
        return {};
      },
      comparisonMessages: (request) => session().talk.comparisonMessages(request),
      answerComparison: (request) => {
        session().talk.answerComparison(request);
        return Promise.resolve({});
      },
      say: (request) => Promise.resolve(session().talk.say(request)),
      sayAgain: (request) => {
        session().talk.sayAgain(request);
        return Promise.resolve({});
      },
      chatMessages: (request) => session().talk.chatMessages(request),
      attachStreams: ({ attachment: of, readable, writable }) => {
        this.#started().transforms.attach(of, { readable, writable });
        return Promise.resolve({});
      },
      makeKeyFrames: ({ track, rids }) => {
        this.#started().transforms.makeKeyFrames(track, rids);
        return Promise.resolve({});
      },
      detachReceiver: ({ producerId, before }) => {
        this.#started().transforms.detachReceiver(producerId, before);
        return Promise.resolve({});
      },
      askToRecord: async (request) => {
        await session().talk.askToRecord(request);
        return {};
      },
      answerRecording: ({ recording, isYes, language }) => {
        session().talk.recording.answer(recording, isYes, language);
        return Promise.resolve({});
      },
      withdrawFromRecording: ({ recording }) => {
        session().talk.recording.withdraw(recording);
        return Promise.resolve({});
      },
      recordingMessages: (request) => session().talk.recordingMessages(request),
      record: ({ port }) => {
        const { transforms } = this.#started();
        session().talk.recording.begin();
        transforms.tap.open(port);
        return Promise.resolve({});
      },
      stopRecording: () => {
        this.#started().transforms.tap.close();
        session().talk.recording.end();
        return Promise.resolve({});
      },
      stats: () => Promise.resolve(this.#started().transforms.stats()),
      ping: () => Promise.resolve({}),
      close: () => {
        this.#end();
        return Promise.resolve({});
      },
    };
  }

  #started(): Running {
    if (this.#running === null) throw new CallCryptoError('wrongState');
    return this.#running;
  }
}
