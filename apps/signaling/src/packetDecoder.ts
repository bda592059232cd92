import { Decoder, Encoder } from 'socket.io-parser';

/** A commit and its welcomes: the most binary parts that an event of ours has. */
const maxBinaryParts = 21;

class VisitDecoder extends Decoder {
  constructor() {
    super({ maxAttachments: maxBinaryParts });
  }
}

/** Socket.IO's own packet format; only the bound on binary parts is ours (its default is ten). */
export const packetParser = { Encoder, Decoder: VisitDecoder };
