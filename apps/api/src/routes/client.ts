import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Listener } from '@sotto/service/listener';
import type { FastifyReply } from 'fastify';
import { negotiateLocale } from '../acceptLanguage.ts';
import type { ClientFile, ExportedClient } from '../exportedClient.ts';

const encoders = {
  // Level 5 is within 3 % of 9 in size for our files and ten times as fast.
  br: (body: Buffer) => promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
  gzip: (body: Buffer) => promisify(gzip)(body),
} as const;

/** Compresses each file once for each encoding, when it is first asked for. */
function createCompressor() {
  const done = { br: new Map<ClientFile, Promise<Buffer>>(), gzip: new Map<ClientFile, Promise<Buffer>>() };
  return (file: ClientFile, encoding: keyof typeof encoders): Promise<Buffer> => {
    const body = done[encoding].get(file) ?? encoders[encoding](file.body);
    done[encoding].set(file, body);
    return body;
  };
}

/** Serves the exported client: what was read at the start, by exact path, and nothing of the disk. */
export function addClientRoutes(api: Listener, client: ExportedClient): void {
  const compress = createCompressor();

  async function send(reply: FastifyReply, file: ClientFile, status: number): Promise<FastifyReply> {
    const { headers } = reply.request;
    reply.code(status).headers(file.headers);
    if (status === 200 && file.headers['etag'] !== undefined && headers['if-none-match'] === file.headers['etag']) {
      return reply.code(304).send();
    }
    if (!file.isCompressible) return reply.send(file.body);
    reply.header('vary', 'Accept-Encoding');
    const accepted = headers['accept-encoding'] ?? '';
    const encoding = (['br', 'gzip'] as const).find((name) =>
      new RegExp(`\\b${name}\\b(?!\\s*;\\s*q=0(\\.0*)?\\b)`).test(accepted),
    );
    if (encoding === undefined) return reply.send(file.body);
    return reply.header('content-encoding', encoding).send(await compress(file, encoding));
  }

  /** The page that says in the visitor's language that there is nothing here. */
  function missing(path: string, language: string | undefined): ClientFile | undefined {
    const locale =
      client.locales.find((name) => path.startsWith(`/${name}/`)) ?? negotiateLocale(language, client.locales);
    return client.files.get(`/${locale}/404/index.html`) ?? client.files.get('/404.html');
  }

  api.route({
    method: ['GET', 'HEAD'],
    url: '/*',
    config: {
      access: {
        public: 'The same client for everybody: it holds nothing of anybody’s.',
        open: { silent: 'The same for everybody, and about nobody.' },
      },
    },
    handler: async (request, reply) => {
      const path = request.url.split('?', 1)[0] ?? '/';
      const file = client.files.get(path.endsWith('/') ? `${path}index.html` : path);
      if (file) return send(reply, file, 200);
      if (!path.endsWith('/') && client.files.has(`${path}/index.html`)) return reply.redirect(`${path}/`, 308);

      const language = request.headers['accept-language'];
      const localised = `/${negotiateLocale(language, client.locales)}${path.endsWith('/') ? path : `${path}/`}`;
      // Browsers carry the fragment over a redirect, so an invitation's secret gets to the page and never to us.
      if (client.files.has(`${localised}index.html`)) {
        return reply.header('vary', 'Accept-Language').redirect(localised, 302);
      }
      const page = missing(path, language);
      return page ? send(reply, page, 404) : reply.code(404).send();
    },
  });
}
