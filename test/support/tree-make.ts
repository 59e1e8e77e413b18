import { createHash } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { IS_ROOT } from './process.ts'

/** One file or folder to make, by its path below the root. */
type Planned = {
  readonly path: string
  readonly kind: 'file' | 'folder'
  readonly sizeBytes?: number
  /** A hole but for its first and last bytes. */
  readonly sparse?: boolean
  readonly linkTo?: string
  readonly mtimeMs: number
  readonly mode: number
}

const GIB = 1024 ** 3
const MOMENT_MS = Date.UTC(2024, 1, 29, 12, 34, 56, 789)

/** Times that overflow, turn negative or lose their milliseconds in careless code. */
const HARD_TIMES_MS = [
  0,
  1,
  Date.UTC(1970, 5, 1),
  Date.UTC(1969, 11, 31, 23, 59, 59, 999),
  Date.UTC(1955, 10, 5, 6, 15, 0, 1),
  Date.UTC(2038, 0, 19, 3, 14, 8, 1),
  Date.UTC(2106, 1, 7, 6, 28, 16, 3),
  Date.UTC(2106, 11, 31, 23, 59, 59, 999),
  MOMENT_MS,
]
// 1444: sticky on a file; 0: root alone still reads it.
const HARD_MODES = [0o644, 0o600, 0o400, 0o444, 0o777, 0o755, 0o1444, 0o640, ...(IS_ROOT ? [0, 0o200] : [])]
/** Around a frame (256 KiB), a chunk (1 MiB) and a small file's limit. */
const HARD_SIZES = [0, 1, 2, 15, 16, 17, 4095, 4096, 4097, 262_143, 262_144, 262_145, 1_048_576, 1_048_577]

const COMPOSED = 'caf\u00e9 \u00c5ngstr\u00f6m'
const HARD_NAMES = [
  COMPOSED.normalize('NFC'),
  COMPOSED.normalize('NFD'),
  'a'.repeat(255),
  'b'.repeat(248),
  'c'.repeat(249),
  `${'long extension '.repeat(15)}.${'x'.repeat(28)}`,
  // 255 bytes of two, three and four bytes a character: a cut in the middle of one would show.
  `x${'\u00e9'.repeat(127)}`,
  '\u6f22'.repeat(85),
  `xyz${'\u{1f600}'.repeat(63)}`,
  `${'e\u0301'.repeat(85)}`,
  '-rf',
  '--to',
  '-',
  '.hidden',
  '...',
  '..a',
  '. ',
  '.. ',
  ' ',
  ' leading',
  'trailing ',
  'dot.',
  'line\nbreak',
  '\n',
  '\r\ttab',
  '"double" \'single\' `back`',
  '$HOME $(id) ; & | > < * ? [x] {a,b} ! # ~ %s %n',
  'back\\slash',
  'C:\\windows',
  'CON',
  'aux.txt',
  'x:stream',
  'sealed',
  '.sealed.txt',
  'x.sealed.bak',
  'xsealed',
  'x~0123456789abcdef',
  'escape \u001b[31m red \u0007',
  '\u202egnp.exe',
  '\u200f\u2066isolate',
  '\u2028line',
  '\ufeffbom',
  'Case',
  'case',
  '\u0130stanbul',
  '\ufb01ligature',
  '__proto__',
  'constructor',
  'null',
  '0',
]

/**
 * Makes a tree of at least `files` files with hard names, sizes, times and modes below `root` (made too).
 *
 * @returns the paths of its files, links included
 */
export function makeHardTree(root: string, files: number): readonly string[] {
  const plan: Planned[] = [...folders(), ...hardFiles()]
  for (let i = 0; plan.filter(({ kind }) => kind === 'file').length < files; i++) plan.push(ordinary(i))
  makeTree(root, plan)
  return plan.filter(({ kind }) => kind === 'file').map(({ path }) => path)
}

/** Makes a tree that is sealed and opened hundreds of times: every kind of entry, few bytes. */
export function makeSmallTree(root: string): void {
  makeTree(root, [
    { path: '', kind: 'folder', mtimeMs: MOMENT_MS + 5, mode: 0o750 },
    { path: 'sub', kind: 'folder', mtimeMs: MOMENT_MS + 4, mode: 0o755 },
    { path: 'sub/empty', kind: 'folder', mtimeMs: -1, mode: 0o711 },
    { path: 'sub/locked', kind: 'folder', mtimeMs: MOMENT_MS + 3, mode: 0o555 },
    { path: 'big.bin', kind: 'file', sizeBytes: 3 * 1024 * 1024, mtimeMs: MOMENT_MS, mode: 0o644 },
    { path: 'hello.txt', kind: 'file', sizeBytes: 6, mtimeMs: MOMENT_MS + 1, mode: 0o600 },
    { path: 'nothing', kind: 'file', sizeBytes: 0, mtimeMs: 1, mode: 0o444 },
    { path: 'sub/caf\u00e9', kind: 'file', sizeBytes: 300_000, mtimeMs: -1_500, mode: 0o640 },
    { path: 'sub/locked/only read', kind: 'file', sizeBytes: 5_000, mtimeMs: MOMENT_MS + 2, mode: 0o400 },
  ])
}

function* folders(): Generator<Planned> {
  yield { path: '', kind: 'folder', mtimeMs: MOMENT_MS, mode: 0o755 }
  for (const [i, mode] of [0o755, 0o700, 0o500, 0o555, 0o777, 0o1777, 0o711].entries()) {
    yield { path: `folder ${i}`, kind: 'folder', mtimeMs: pick(HARD_TIMES_MS, i), mode }
    yield { path: `folder ${i}/empty`, kind: 'folder', mtimeMs: pick(HARD_TIMES_MS, i + 3), mode }
  }
  for (const [i, name] of HARD_NAMES.entries()) {
    yield {
      path: `folder ${i % 7}/${name}`,
      kind: 'folder',
      mtimeMs: pick(HARD_TIMES_MS, i + 1),
      mode: 0o755,
    }
  }
  let deep = 'deep'
  for (let depth = 0; depth < 40; depth++) {
    yield { path: deep, kind: 'folder', mtimeMs: MOMENT_MS + depth, mode: depth % 2 ? 0o755 : 0o550 }
    deep += `/${depth % 3 ? depth : `d\u00e9ep ${depth}`}`
  }
}

function* hardFiles(): Generator<Planned> {
  for (const [i, name] of HARD_NAMES.entries()) yield { ...ordinary(i), path: name }
  for (const [i, mtimeMs] of HARD_TIMES_MS.entries()) yield { ...ordinary(i), path: `time ${i}`, mtimeMs }
  for (const [i, mode] of HARD_MODES.entries()) yield { ...ordinary(i), path: `mode ${i}`, mode }
  for (const [i, sizeBytes] of HARD_SIZES.entries()) yield { ...ordinary(i), path: `size ${i}`, sizeBytes }
  yield { ...ordinary(1), path: 'linked 1', sizeBytes: 70_000, mode: 0o644 }
  yield { ...ordinary(1), path: 'folder 0/linked 2', linkTo: 'linked 1', mode: 0o644 }
  yield { ...ordinary(2), path: 'sparse', sizeBytes: GIB, sparse: true, mode: 0o600 }
}

/** Mostly small files, spread over the folders. */
function ordinary(i: number): Planned {
  const place = i % 11 === 0 ? deepPlace(i % 40) : `folder ${i % 7}`
  return {
    path: `${place}/file ${i}`,
    kind: 'file',
    sizeBytes: i % 97 === 0 ? 300_000 : (i * 37) % 9_000,
    mtimeMs: i % 5 === 0 ? pick(HARD_TIMES_MS, i) : MOMENT_MS + i * 1_237,
    mode: pick(HARD_MODES, i),
  }
}

function deepPlace(depth: number): string {
  const steps = ['deep']
  for (let at = 0; at < depth; at++) steps.push(at % 3 ? String(at) : `d\u00e9ep ${at}`)
  return steps.join('/')
}

function makeTree(root: string, plan: readonly Planned[]): void {
  const folders = plan.filter(({ kind }) => kind === 'folder')
  for (const { path } of folders) mkdirSync(join(root, path), { recursive: true, mode: 0o700 })
  for (const planned of plan) if (planned.kind === 'file') makeFile(root, planned)
  // Last and deepest first: making an entry sets its folder's time, and some may not be written to after.
  const depth = ({ path }: Planned) => (path === '' ? 0 : path.split('/').length)
  for (const planned of [...folders].sort((a, b) => depth(b) - depth(a))) finish(root, planned)
}

function makeFile(root: string, planned: Planned): void {
  const path = join(root, planned.path)
  const { sizeBytes = 0, sparse, linkTo } = planned
  mkdirSync(dirname(path), { recursive: true })
  if (linkTo !== undefined) {
    linkSync(join(root, linkTo), path)
    return
  }
  if (sparse) makeSparse(path, sizeBytes)
  else writeFileSync(path, contents(planned.path, sizeBytes), { flag: 'wx' })
  finish(root, planned)
}

/** Bytes of a file by its name: other ones for each, and again the same. */
export function contents(seed: string, sizeBytes: number): Uint8Array {
  const bytes = createHash('shake128', { outputLength: Math.max(1, sizeBytes) })
    .update(seed)
    .digest()
  return bytes.subarray(0, sizeBytes)
}

/** A file that is a hole but for a byte at its beginning, in its middle and at its end. */
export function makeSparse(path: string, sizeBytes: number): void {
  const fd = openSync(path, 'wx')
  try {
    ftruncateSync(fd, sizeBytes)
    for (const at of [0, Math.floor(sizeBytes / 2), sizeBytes - 1]) writeSync(fd, 'x', at)
  } finally {
    closeSync(fd)
  }
}

function finish(root: string, { path, mtimeMs, mode }: Planned): void {
  const full = join(root, path)
  chmodSync(full, mode)
  setMtime(full, mtimeMs)
}

/** Half a microsecond, or the double that the system call takes cuts the millisecond off; a Date before 1970. */
export function setMtime(path: string, mtimeMs: number): void {
  utimesSync(path, new Date(), mtimeMs < 0 ? new Date(mtimeMs) : (mtimeMs + 0.0005) / 1000)
}

function pick<T>(values: readonly T[], i: number): T {
  const value = values[i % values.length]
  if (value === undefined) throw new Error('nothing to pick from')
  return value
}
