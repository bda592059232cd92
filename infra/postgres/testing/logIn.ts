import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { databaseName } from '../databaseRoles.ts';

const hmac = (key: Uint8Array, text: string) => createHmac('sha256', key).update(text).digest();

/** A message of PostgreSQL's protocol, version 3: type, length, body. */
function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}

/** The client's answers of SCRAM-SHA-256 (RFC 5802, RFC 7677) without channel binding. */
function scram(password: string) {
  const first = `n=,r=${randomBytes(18).toString('base64')}`;
  return {
    begin: () => {
      const text = Buffer.from(`n,,${first}`);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(text.length);
      return message('p', Buffer.concat([Buffer.from('SCRAM-SHA-256\0'), length, text]));
    },
    prove: (challenge: string) => {
      const [, nonce = '', salt = '', rounds = ''] = /^r=([^,]*),s=([^,]*),i=(\d+)/.exec(challenge) ?? [];
      const salted = pbkdf2Sync(password, Buffer.from(salt, 'base64'), Number(rounds), 32, 'sha256');
      const key = hmac(salted, 'Client Key');
      const final = `c=biws,r=${nonce}`;
      const signature = hmac(createHash('sha256').update(key).digest(), `${first},${challenge},${final}`);
      const proof = Buffer.from(key.map((byte, index) => byte ^ (signature[index] ?? 0))).toString('base64');
      return message('p', Buffer.from(`${final},p=${proof}`));
    },
  };
}

/**
 * Logs in to a server over TCP on 127.0.0.1, the way any PostgreSQL client does.
 *
 * @returns `in`, or the SQLSTATE of the refusal
 */
export function logIn(port: number, { user, password }: { user: string; password: string }): Promise<string> {
  return new Promise((resolve, reject) => {
    const conversation = scram(password);
    const socket = connect(port, '127.0.0.1', () => {
      const body = Buffer.from(`\0\x03\0\0user\0${user}\0database\0${databaseName}\0\0`, 'latin1');
      socket.write(message('', body));
    });
    const settle = (verdict: string) => {
      socket.destroy();
      resolve(verdict);
    };
    let pending = Buffer.alloc(0);
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 5 && pending.length > pending.readUInt32BE(1)) {
        const end = pending.readUInt32BE(1) + 1;
        const type = String.fromCharCode(pending[0] ?? 0);
        const body = pending.subarray(5, end);
        pending = pending.subarray(end);
        if (type === 'E') {
          settle(/\0C(\w{5})\0/.exec(`\0${body.toString('latin1')}`)?.[1] ?? 'unknown');
          return;
        }
        if (type !== 'R') continue;
        // AuthenticationSASL, …Continue and …Ok.
        const step = body.readUInt32BE(0);
        if (step === 10) socket.write(conversation.begin());
        else if (step === 11) socket.write(conversation.prove(body.subarray(4).toString()));
        else if (step === 0) settle('in');
      }
    });
  });
}
