/**
 * A stand-in for main, for looking at screens in states that are hard to bring about. It is put into the page
 * by Playwright and never shipped; nothing is proven with it but looks and accessibility.
 */
export type Scene = {
  readonly vault: 'none' | 'locked' | 'absent' | 'open'
  readonly window?: 'main' | 'seal'
  readonly theme?: 'light' | 'dark'
  readonly density?: 'comfortable' | 'compact'
  readonly rows?: number
  readonly jobs?: boolean
  readonly trouble?: 'JOURNAL_ROLLED_BACK' | 'JOURNAL_DAMAGED'
  readonly readOnly?: boolean
  readonly noRecovery?: boolean
  /** A passphrase opens the vault, too. */
  readonly passphrase?: boolean
  /** Nothing needs the key that is asked about. */
  readonly unneeded?: boolean
  readonly notices?: boolean
  readonly findings?: boolean
  readonly copies?: boolean
  readonly conflict?: boolean
  readonly oddNames?: boolean
  /** Calls that are refused, with their code; or never answered. */
  readonly refuse?: Readonly<Record<string, string>>
  readonly hang?: readonly string[]
}

/** Runs in the page: must not use anything from outside itself. */
export function installFakeBridge(scene: Scene): void {
  const id = (n: number): string => n.toString(16).padStart(32, '0')
  const now = Date.UTC(2026, 10, 20, 9, 30)
  const day = 86_400_000
  const listeners = new Set<(event: unknown) => void>()
  const names = scene.oddNames
    ? [
        'עותק חתום של החוזה 2026.pdf',
        'عقد الإيجار النسخة النهائية.docx',
        `${'A very long name of a file that somebody scanned and never shortened '.repeat(3)}.pdf`,
        'invoice\\u{202E}fdp.exe',
        '日本語のとても長いファイル名、保険証券の写し.pdf',
        '👩‍👩‍👧‍👦 family.jpg',
        '.hidden',
        'no ending',
      ]
    : [
        'Deed of the house.pdf',
        'Insurance policy 2026.pdf',
        'Lease, signed copy.pdf',
        'Marriage certificate.jpg',
        'Notes on the will.txt',
        'Passport, first page.png',
        'Tax return 2025.xlsx',
        'Vaccinations.csv',
      ]
  const folders = scene.oddNames ? ['مجلد الصور', 'Contracts'] : ['Contracts', 'Health', 'Scans', 'Tax']
  const total = scene.rows ?? folders.length + names.length
  const row = (at: number) => {
    const folder = folders[at]
    const name = folder ?? names[(at - folders.length) % names.length] ?? 'x'
    const many = total > 100 && folder === undefined
    const shown = many ? `Scan ${String(at).padStart(6, '0')} – ${name}` : name
    return {
      itemId: id(100 + at),
      kind: folder ? 'folder' : 'file',
      name: shown,
      shown,
      sizeBytes: folder ? 0 : (at * 7_919_113) % 90_000_000,
      mtimeMs: now - at * day * 3,
      versionId: folder ? null : id(90_000 + at),
      heads: scene.conflict && at === folders.length + 1 ? 2 : 1,
      parent: id(0),
      folderPath: '/Contracts/2026',
    }
  }
  const recovery = scene.noRecovery ? [] : [{ recoveryId: id(7), testedMs: now - 20 * day, typedBack: true }]
  const refusal = (code: string) => ({
    code,
    message: 'Deed of the house.pdf: the bytes are not what the vault’s record says.',
    next: 'Restore this file from a backup.',
    facts: { offers: ['passphrase', 'recovery'], device: id(77) },
  })
  const facts = {
    vaultId: id(1),
    name: scene.oddNames ? 'أوراق العائلة' : 'Family papers',
    folderName: 'Family papers',
    place: '~/Documents/Family papers',
    fingerprint: '7KQ2-M9XD-0RTB-4WNP-ZC5H-8VYE',
    openedBy: 'keychain',
    items: total,
    binned: 3,
    ways: { keychain: true, passphrase: scene.passphrase === true, recovery },
    readOnly: scene.readOnly ? refusal('READ_ONLY') : scene.trouble ? refusal(scene.trouble) : null,
    trouble: scene.trouble ?? null,
    waitingFor: [],
    notices: scene.notices
      ? [
          { kind: 'first-use', fingerprint: '7KQ2-M9XD-0RTB-4WNP-ZC5H-8VYE' },
          { kind: 'copied', from: '/media/usb/Family papers' },
        ]
      : [],
    checkouts: 0,
  }
  const known = [
    {
      vaultId: id(1),
      folderName: 'Family papers',
      place: '~/Documents/Family papers',
      openedMs: now - 2 * day,
      present: scene.vault !== 'absent',
    },
    {
      vaultId: id(2),
      folderName: 'Client work',
      place: '/media/usb/Client work',
      openedMs: now - 40 * day,
      present: false,
    },
  ]
  const vault =
    scene.vault === 'open'
      ? { kind: 'open', facts }
      : scene.vault === 'none'
        ? { kind: 'none' }
        : { kind: 'locked', vault: known[0], why: 'idle' }
  const job = (n: number, kind: string, state: string, more: object) => ({
    job: id(500 + n),
    kind,
    state,
    place: '/Contracts',
    found: { files: 1204, bytes: 4_300_000_000 },
    foundAll: true,
    done: { files: 1190, bytes: 1_800_000_000 },
    skipped: 0,
    failed: 0,
    startedMs: now,
    seconds: 42,
    refusal: null,
    can: {
      pause: state === 'running',
      cancel: state === 'running' || state === 'paused',
      retry: true,
      show: false,
    },
    ...more,
  })
  const jobs = scene.jobs
    ? [
        job(1, 'add', 'running', { failed: 2, done: { files: 506, bytes: 1_800_000_000 } }),
        job(2, 'export', 'paused', { place: '~/Desktop', done: { files: 300, bytes: 900_000_000 } }),
        job(3, 'add', 'done', { done: { files: 1202, bytes: 4_290_000_000 }, failed: 2 }),
        job(6, 'rewrap', 'done', {
          found: { files: 310, bytes: 0 },
          done: { files: 310, bytes: 0 },
          place: '',
        }),
        job(4, 'check', 'done', { done: { files: 1204, bytes: 4_300_000_000 }, place: '' }),
        job(5, 'seal', 'refused', {
          refusal: refusal('NO_SPACE'),
          done: { files: 812, bytes: 2_000_000_000 },
        }),
      ]
    : []
  const settings = {
    autoLockMinutes: 10,
    lockOnSuspend: true,
    lockOnScreenLock: true,
    theme: scene.theme ?? 'light',
    density: scene.density ?? 'comfortable',
    notifications: true,
  }
  const findings = [
    {
      kind: 'damaged',
      weight: 'finding',
      item: id(104),
      path: '/Contracts/Deed of the house.pdf',
      text: 'Its message was changed or damaged: one of its pieces does not verify.',
      remedy: 'Restore it from a backup, or from the older versions your cloud keeps.',
    },
    {
      kind: 'temp',
      weight: 'note',
      item: null,
      path: 'items/3f/.0a1b.tmp',
      text: 'A file that a stopped job left.',
      remedy: 'Nothing to do: the next job of this device removes it.',
    },
  ]
  const window_ = <T>(all: number, from: number, count: number, at: (index: number) => T) => ({
    from,
    rows: Array.from({ length: Math.max(0, Math.min(count, all - from)) }, (_, step) => at(from + step)),
    total: all,
    generation: 1,
  })
  type Input = Record<string, never> & {
    from: number
    count: number
    folder: string
    item: string
    text: string
  }
  const keyVersion = (version: number, state: string, daysAgo: number, opens: number) => ({
    keyVersionId: id(50 + version),
    version,
    state,
    createdMs: now - daysAgo * day,
    opens,
    onlyIt: opens,
  })
  const answers: Record<string, (input: Input) => unknown> = {
    'app.state': () => ({
      window: scene.window ?? 'main',
      version: '0.2.0',
      platform: 'linux',
      stage: 'real',
      runsIn: 'test-host',
      vault,
      settings,
      handed: [],
    }),
    'app.set': (change) => Object.assign(settings, change),
    'app.copy': () => null,
    'vaults.known': () => known,
    'jobs.list': () => jobs,
    'jobs.failed': () => ({
      total: 2,
      files: [
        {
          path: '~/Lease.pdf',
          code: 'SOURCE_CHANGED',
          message: 'Lease.pdf changed while it was read.',
          next: '',
        },
        { path: '~/Old/scan.tif', code: 'ACCESS_DENIED', message: 'scan.tif can’t be read.', next: '' },
      ],
    }),
    'checkouts.list': () =>
      scene.copies
        ? [
            {
              checkout: id(9),
              itemId: id(104),
              name: 'Lease, signed copy.pdf',
              place: '~/Desktop',
              state: 'saved',
              openedMs: now,
            },
            {
              checkout: id(8),
              itemId: id(105),
              name: 'Notes on the will.txt',
              place: '~/Desktop',
              state: 'gone',
              openedMs: now,
            },
          ]
        : [],
    'health.summary': () =>
      scene.findings
        ? { checkedMs: now, readData: true, findings: 1, notes: 1 }
        : { checkedMs: null, readData: false, findings: 0, notes: 0 },
    'health.findings': () => ({ total: findings.length, findings }),
    'items.list': ({ from, count, folder }) => ({
      ...window_(total, from, count, row),
      folder,
      crumbs:
        folder === id(0)
          ? []
          : [
              {
                itemId: folder,
                name: 'Contracts',
                shown: folders[Number.parseInt(folder, 16) - 100] ?? 'Contracts',
              },
            ],
    }),
    'items.search': ({ from, count, text }) => ({
      ...window_(text === 'zzz' ? 0 : 5, from, count, (at) => row(at + folders.length)),
      more: false,
    }),
    'items.in-bin': ({ from, count }) => window_(3, from, count, (at) => row(at + folders.length)),
    'items.conflicts': ({ from, count }) =>
      window_(scene.conflict ? 1 : 0, from, count, () => row(folders.length + 1)),
    'items.folders': ({ folder }) =>
      folder === id(0)
        ? folders.map((name, at) => ({ itemId: id(100 + at), name, shown: name, hasFolders: at === 0 }))
        : [{ itemId: id(700), name: '2026', shown: '2026', hasFolders: false }],
    'items.position': () => ({ folder: id(0), index: 2 }),
    'items.details': ({ item }) => {
      const found = row(Number.parseInt(item, 16) - 100)
      return {
        row: found,
        versions: [
          {
            versionId: id(90_001),
            sizeBytes: 1_234_567,
            mtimeMs: now - day,
            addedMs: now,
            current: true,
            head: true,
          },
          {
            versionId: id(90_002),
            sizeBytes: 1_200_000,
            mtimeMs: now - 9 * day,
            addedMs: now - 8 * day,
            current: false,
            head: found.heads > 1,
          },
        ],
        presence: found.kind === 'folder' ? 'folder' : 'here',
        preview: found.kind === 'folder' ? 'none' : 'pdf',
      }
    },
    'items.envelope': () => ({
      versionId: id(90_001),
      messageBytes: 1_239_000,
      suite: 'AES-256-GCM, HKDF-SHA-512, key commitment (0478)',
      messageId: '4f1e9a…c07d',
      context: [
        ['strongroom-vault', id(1)],
        ['strongroom-item', id(104)],
      ],
      edks: [{ provider: 'strongroom-file-key', keyName: id(90_001), bytes: 48 }],
      frameLengthBytes: 262_144,
      frames: 5,
      keys: [{ label: 'Home', keyVersion: 2, state: 'active' }],
    }),
    'items.bin': () => ({ undo: id(33) }),
    'keys.view': () => ({
      ways: facts.ways,
      keys: [
        {
          keyId: id(50),
          provider: 'local',
          label: 'Home',
          recipient: true,
          opens: 1514,
          versions: [
            keyVersion(4, 'active', 22, 1204),
            keyVersion(3, 'retired', 310, 310),
            keyVersion(2, 'disabled', 700, 0),
            keyVersion(1, 'destroyed', 900, 0),
          ],
        },
      ],
      toRewrap: 310,
    }),
    'keys.impact': () =>
      scene.unneeded
        ? { versions: 0, files: 0, bytes: 0, current: 0, inBin: 0, paths: [] }
        : {
            versions: 310,
            files: 204,
            bytes: 812_000_000,
            current: 190,
            inBin: 12,
            paths: names.map((name) => `/Contracts/2026/${name}`),
          },
    'pick.new-vault': () => ({
      handle: id(3),
      place: '~/Dropbox/Family papers',
      folderName: 'Family papers',
      warnings: ['placeholder-cloud'],
    }),
    'pick.sources': () => [
      { handle: id(4), kind: 'file', name: 'Deed of the house.pdf', sizeBytes: 1000, sealed: false },
      { handle: id(5), kind: 'file', name: 'Lease, signed copy.pdf', sizeBytes: 1000, sealed: false },
    ],
    'vault.create': () => {
      for (const listener of listeners) listener({ kind: 'recovery-shown', ask: [3, 9] })
      return new Promise(() => {})
    },
    'recovery.type-back': () => ({ right: false }),
    'recovery.save': () => ({ place: '~/Documents/recovery.txt' }),
  }
  const bridge = {
    call: async (name: string, input: Input) => {
      const code = scene.refuse?.[name]
      if (code !== undefined) return { ok: false, error: refusal(code) }
      if (scene.hang?.includes(name)) return await new Promise(() => {})
      const answer = answers[name]
      if (answer === undefined) return { ok: false, error: refusal('BUG') }
      return { ok: true, value: await answer(input) }
    },
    on: (listener: (event: unknown) => void) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    dropped: async () => ({ ok: true, value: [] }),
  }
  Object.defineProperty(globalThis, 'strongroom', { value: bridge })
  Object.defineProperty(globalThis, 'fakeEvent', {
    value: (event: unknown) => {
      for (const listener of listeners) listener(event)
    },
  })
}
