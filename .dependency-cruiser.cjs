// The law of the house: which room may import which. Read top down; nothing imports upwards.
// Change a line here only together with docs/decisions/0002-rooms.md.
const MAY_IMPORT = {
  contract: [],
  base: ['contract'],
  files: ['base'],
  message: ['base'],
  iam: ['base', 'contract'],
  kms: ['base', 'contract'],
  keys: ['base', 'contract', 'files', 'message', 'kms'],
  journal: ['base', 'contract', 'files'],
  audit: ['base', 'contract', 'journal'],
  policy: ['base', 'contract'],
  index: ['base', 'contract', 'files', 'journal'],
  jobs: ['base', 'contract', 'files', 'message', 'keys'],
  vault: [
    'base',
    'contract',
    'files',
    'message',
    'kms',
    'keys',
    'journal',
    'audit',
    'policy',
    'index',
    'jobs',
  ],
  cli: ['base', 'contract', 'files', 'iam', 'kms', 'policy', 'vault'],
  ipc: ['base', 'contract', 'files', 'vault'],
  shell: ['base', 'contract', 'files', 'vault', 'ipc'],
}

// A library with hands (disk, schema, keychain, hashing that takes seconds) lives in one room.
const ONLY_IN = {
  '(node:)?fs(/promises)?$': 'main/files',
  '(node:)?worker_threads$': '(main/jobs|main/files/temp\\.ts|main/worker\\.ts)',
  'better-sqlite3': 'main/index',
  'keytar|@napi-rs/keyring|@node-rs/argon2': 'main/keys',
  '@zxcvbn-ts': '(main/keys|renderer)',
  '@aws-sdk': 'main/kms',
  'commander|cli-progress': 'main/cli',
  'electron/': '(main/(shell|ipc)|preload)',
}

// Tables that import nothing: what the window may use of main besides types.
const WINDOW_VALUES = '^src/main/contract/(codes|ids|ipc/(commands|app-nouns))\\.ts$'

// Entries hold no logic and may import any room.
const ENTRIES = '^src/main/(bin|main|worker)\\.ts$'
// Runs on any Node before there is a bundle; imports nothing of ours.
const LAUNCHER = '^src/main/launcher\\.cjs$'

const rooms = Object.keys(MAY_IMPORT)
const rule = (name, from, to, comment) => ({ name, severity: 'error', from, to, ...(comment && { comment }) })

module.exports = {
  forbidden: [
    ...rooms.map((room) => {
      const closed = rooms.filter((other) => other !== room && !MAY_IMPORT[room].includes(other))
      return rule(
        `room-${room}`,
        { path: `^src/main/${room}/` },
        { path: `^src/main/(${closed.join('|')})/` },
      )
    }),
    ...Object.entries(ONLY_IN).map(([library, place]) =>
      rule(
        `only-in-${place.replaceAll(/[^a-z]+/g, '-')}`,
        { path: '^src/', pathNot: [`^src/${place}`, LAUNCHER] },
        { path: `^(node_modules/)?(${library})` },
      ),
    ),
    rule(
      'by-the-door',
      { path: '^src/main/([^/]+)/' },
      {
        path: '^src/main/([^/]+)/',
        pathNot: ['^src/main/$1/', '^src/main/[^/]+/index\\.ts$', '^src/main/contract/'],
      },
      'Enter another room by its index.ts.',
    ),
    rule(
      'entries-use-doors',
      { path: ENTRIES },
      { path: '^src/main/[^/]+/', pathNot: '^src/main/[^/]+/index\\.ts$' },
      'An entry has no logic: it opens doors.',
    ),
    rule(
      'only-known-rooms',
      { path: '^src/' },
      { path: '^src/main/([^/]+)/', pathNot: `^src/main/(${rooms.join('|')})/` },
      'A new room needs a line in MAY_IMPORT.',
    ),
    rule('no-room-imports-an-entry', { path: '^src/main/[^/]+/' }, { path: '^src/main/[^/]+\\.ts$' }),
    rule(
      'window-takes-types',
      { path: '^src/(renderer|preload)/' },
      { path: '^src/main/', dependencyTypesNot: ['type-only'], pathNot: WINDOW_VALUES },
      'Of main the window takes types, and values only of tables that import nothing.',
    ),
    rule(
      'window-by-contract',
      { path: '^src/(renderer|preload)/' },
      { path: '^src/main/', pathNot: '^src/main/contract/' },
    ),
    rule('main-knows-no-window', { path: '^src/main/' }, { path: '^src/(renderer|preload)/' }),
    rule(
      'a-screen-stands-alone',
      { path: '^src/renderer/screens/([^/]+)/' },
      { path: '^src/renderer/screens/([^/]+)/', pathNot: '^src/renderer/screens/$1/' },
    ),
    rule('window-has-no-node', { path: '^src/renderer/' }, { dependencyTypes: ['core'] }),
    rule('no-test-code-in-src', { path: '^src/' }, { path: '^test/' }),
    rule('no-cycles', {}, { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } }),
    // keytar is an optional dependency: where it can't be built the keychain goes by the other adapter.
    rule('no-dead-ends', {}, { couldNotResolve: true, pathNot: '^keytar$' }),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    doNotFollow: { path: 'node_modules' },
  },
}
