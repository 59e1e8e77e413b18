import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** One program, doing one thing both ways. Each step is timed whole, until what it wrote is on the disk. */
export type Peer = {
  readonly name: string
  /** Debian's package; undefined for what is always there. */
  readonly package?: string
  /** Not timed: repositories, mounts, empty folders. */
  prepare?(at: Place): void
  /** Shell words: plain → sealed. */
  in(at: Place): string
  /** Shell words: sealed → plain. */
  out(at: Place): string
  /** Where the plain result of `out` is. */
  result(at: Place): string
  finish?(at: Place): void
}

/** A round's places: the source, a folder for what is sealed, a folder for what comes back, keys. */
export type Place = {
  readonly source: string
  readonly sealed: string
  readonly back: string
  readonly keys: string
}

const ROOT = join(import.meta.dirname, '../..')
const NODE = join(ROOT, 'node_modules/node/bin/node')
const BUNDLE = join(ROOT, 'out/main/bin.js')

export const ours: Peer = {
  name: 'strongroom',
  in: ({ source, sealed, keys }) => `${NODE} ${BUNDLE} seal ${source} --to ${sealed} ${rawKey(keys)}`,
  out: ({ source, sealed, back, keys }) =>
    `${NODE} ${BUNDLE} unseal ${sealed}/$(basename ${source})* --to ${back} ${rawKey(keys)}`,
  result: ({ source, back }) => `${back}/${nameOf(source)}`,
}

export const cp: Peer = {
  name: 'cp + sync',
  in: ({ source, sealed }) => `cp -r ${source} ${sealed}/ && sync -f ${sealed}`,
  out: ({ source, sealed, back }) => `cp -r ${sealed}/${nameOf(source)} ${back}/ && sync -f ${back}`,
  result: ({ source, back }) => `${back}/${nameOf(source)}`,
}

/** One file, or a tar of a tree: age knows no trees. */
export const age: Peer = {
  name: 'age',
  package: 'age',
  in: ({ source, sealed, keys }) =>
    `age -r $(age-keygen -y ${keys}/age) -o ${sealed}/x.age ${source} && sync -f ${sealed}`,
  out: ({ sealed, back, keys }) => `age -d -i ${keys}/age -o ${back}/x ${sealed}/x.age && sync -f ${back}`,
  result: ({ back }) => `${back}/x`,
}

export const tarAge: Peer = {
  name: 'tar | age',
  package: 'age',
  in: ({ source, sealed, keys }) =>
    `tar -C $(dirname ${source}) -c ${nameOf(source)} | age -r $(age-keygen -y ${keys}/age) -o ${sealed}/x.age && sync -f ${sealed}`,
  out: ({ sealed, back, keys }) =>
    `age -d -i ${keys}/age ${sealed}/x.age | tar -C ${back} -x && sync -f ${back}`,
  result: ({ source, back }) => `${back}/${nameOf(source)}`,
}

export const rclone: Peer = {
  name: 'rclone crypt',
  package: 'rclone',
  prepare: ({ sealed, keys }) => {
    const password = shell('rclone obscure pw1234567').trim()
    writeFileSync(`${keys}/rclone.conf`, `[c]\ntype = crypt\nremote = ${sealed}/r\npassword = ${password}\n`)
  },
  in: ({ source, sealed, keys }) =>
    `rclone --config ${keys}/rclone.conf copy ${source} c:${nameOf(source)} && sync -f ${sealed}`,
  out: ({ source, back, keys }) =>
    `rclone --config ${keys}/rclone.conf copy c:${nameOf(source)} ${back}/${nameOf(source)} && sync -f ${back}`,
  result: ({ source, back }) => `${back}/${nameOf(source)}`,
}

export const restic: Peer = {
  name: 'restic',
  package: 'restic',
  prepare: ({ sealed }) => shell(`${resticIn(sealed)} init -q`),
  in: ({ source, sealed }) => `${resticIn(sealed)} backup -q ${source} && sync -f ${sealed}`,
  out: ({ sealed, back }) => `${resticIn(sealed)} restore -q latest --target ${back} && sync -f ${back}`,
  result: ({ source, back }) => `${back}${source}`,
}

export const sevenZip: Peer = {
  name: '7z AES, stored',
  package: 'p7zip-full',
  in: ({ source, sealed }) =>
    `7z a -tzip -mem=AES256 -mx0 -ppw1234567 ${sealed}/x.zip ${source} && sync -f ${sealed}`,
  out: ({ sealed, back }) => `7z x -y -ppw1234567 -o${back} ${sealed}/x.zip && sync -f ${back}`,
  result: ({ source, back }) => `${back}/${nameOf(source)}`,
}

export const gocryptfs: Peer = {
  name: 'gocryptfs',
  package: 'gocryptfs',
  prepare: ({ sealed }) => {
    mkdirSync(`${sealed}/c`)
    mkdirSync(`${sealed}/m`)
    shell(`gocryptfs -init -q -extpass 'echo pw1234567' ${sealed}/c`)
    shell(`gocryptfs -q -extpass 'echo pw1234567' ${sealed}/c ${sealed}/m`)
  },
  in: ({ source, sealed }) => `cp -r ${source} ${sealed}/m/ && sync -f ${sealed}/c`,
  out: ({ source, sealed, back }) => `cp -r ${sealed}/m/${nameOf(source)} ${back}/ && sync -f ${back}`,
  result: ({ source, back }) => `${back}/${nameOf(source)}`,
  finish: ({ sealed }) => void spawnSync('fusermount', ['-u', `${sealed}/m`]),
}

/** Makes the keys that peers and we need. */
export function makeKeys(folder: string, raw: Uint8Array): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}/raw`, raw)
  rmSync(`${folder}/age`, { force: true })
  spawnSync('age-keygen', ['-o', `${folder}/age`])
}

/** Runs shell words to their end. @throws they fail */
export function shell(words: string): string {
  const { status, stdout, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', words], {
    encoding: 'utf8',
    env: { ...process.env, UV_THREADPOOL_SIZE: '16' },
  })
  if (status !== 0) throw new Error(`${words}\n${stderr}`)
  return stdout
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)
const rawKey = (keys: string): string => `--raw-aes-key-file ${keys}/raw --key-namespace bench --key-name k`
const resticIn = (sealed: string): string => `RESTIC_PASSWORD=pw1234567 restic -r ${sealed}/r --no-cache`
