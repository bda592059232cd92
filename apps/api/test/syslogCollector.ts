import { createServer } from 'node:tls';
import * as z from 'zod';

/**
 * A collector in a process of its own: told what to be by its parent, it tells its port, and of each connection what came
 * over it. One that doesn't read takes connections and leaves what comes unread.
 */
const orders = z.strictObject({
  ...{ cert: z.string(), key: z.string(), ca: z.string().nullable(), port: z.int(), reads: z.boolean() },
});

process.once('message', (message) => {
  const { cert, key, ca, port, reads } = orders.parse(message);
  const server = createServer({ cert, key, ...(ca === null ? {} : { ca, requestCert: true }) }, (socket) => {
    socket.on('error', () => undefined);
    if (!reads) {
      process.send?.({ tag: 'connected' });
      return;
    }
    const parts: Buffer[] = [];
    socket.on('data', (part: Buffer) => void parts.push(part));
    socket.on('end', () => process.send?.({ tag: 'read', text: Buffer.concat(parts).toString('utf8') }));
  });
  server.on('tlsClientError', () => undefined);
  server.listen(port, '127.0.0.1', () => {
    const address = server.address();
    process.send?.({ tag: 'listening', port: typeof address === 'object' ? address?.port : 0 });
  });
});
process.once('disconnect', () => process.exit());
