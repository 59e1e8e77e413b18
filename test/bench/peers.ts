import { join } from 'node:path'

export { shell } from './shell.ts'

/** What is measured: data of one size, on its way in (sealed) or out (opened). */
export type Size = 'big' | 'small'
export type Direction = 'in' | 'out'

/**
 * How a program does one thing, as shell lines in the bench's folder: $FROM is what it reads, $TO an empty
 * folder that it writes into. What it wrote is on the disk when `line` ends: a program that doesn't sync is
 * followed by a sync of what it wrote. `before` and `after` are not timed.
 */
export type Way = { readonly line: string; readonly before?: string; readonly after?: string }

/** `in` reads in/big or in/small; `out` reads the folder that `in` filled. */
export type Ways = {
  readonly in: Way
  readonly out: Way
  /** Where `out` leaves the plain data, below $TO; by default its name. */
  readonly plain?: string
}

export type Contender = {
  readonly name: string
  /** Must be there, at one of these paths or as a program. */
  readonly needs: readonly string[]
  /** A line that tells its version. */
  readonly version: string
  readonly works: Readonly<Partial<Record<Size, Ways>>>
  readonly variables?: Readonly<Record<string, string>>
}

/** What Debian calls the peers. */
export const PACKAGES = ['age', 'rclone', 'restic', 'gocryptfs', 'fuse', '7zip', 'borgbackup']

const ROOT = join(import.meta.dirname, '../..')
export const NODE = join(ROOT, 'node_modules/node/bin/node')
export const BUNDLE = join(ROOT, 'out/main/bin.js')
export const OURS = 'Strongroom'

/** What all lines find in their environment; nothing of the person's. */
export const VARIABLES = {
  ROOT,
  NODE,
  UV_THREADPOOL_SIZE: '16',
  KEY: '--raw-aes-key-file keys/raw --key-namespace bench --key-name bench',
  RCLONE_CONFIG: 'keys/rclone.conf',
  RESTIC_PASSWORD: 'bench-password',
  BORG_PASSPHRASE: 'bench-password',
  BORG_RELOCATED_REPO_ACCESS_IS_OK: 'yes',
} as const

/** Makes the keys; a program that is missing is found out later. */
export const MAKE_KEYS = [
  'mkdir -p keys',
  'head -c 32 /dev/urandom >keys/raw',
  'rm -f keys/age keys/age.pub',
  'age-keygen -o keys/age 2>/dev/null && age-keygen -y keys/age >keys/age.pub || true',
  'rclone obscure bench-password >keys/rclone 2>/dev/null || true',
].join('; ')

const SYNC_BIG = 'sync $TO/big $TO'
const SYNC_TREE = 'sync -f $TO'

/** Strongroom from a built bundle, with a raw key: no Argon2 run is measured. */
export function strongroom(name = OURS, bundle = BUNDLE): Contender {
  const seal = { line: '"$NODE" "$BUNDLE" seal $FROM --to $TO $KEY' }
  const unseal = (what: string) => ({ line: `"$NODE" "$BUNDLE" unseal $FROM/${what} --to $TO $KEY` })
  return {
    name,
    needs: [NODE, bundle],
    version: '"$NODE" "$BUNDLE" --version',
    works: {
      big: { in: seal, out: unseal('big.sealed') },
      small: { in: seal, out: unseal('small') },
    },
    variables: { BUNDLE: bundle },
  }
}

/** A vault of ours: journal and index included. Opened by a recovery code, so that no Argon2 run is measured. */
const vault: Contender = {
  name: 'Strongroom, a vault',
  needs: [NODE, BUNDLE],
  version: '"$NODE" "$BUNDLE" --version',
  works: Object.fromEntries(
    (['big', 'small'] as const).map((size) => {
      const opened = (place: string) => `--recovery-file ${place}/code --state-dir ${place}/state`
      const init =
        '"$NODE" "$BUNDLE" init $TO/v --passphrase-file keys/passphrase --allow-weak-passphrase --no-keychain'
      return [
        size,
        {
          in: {
            before: `echo bench-password >keys/passphrase && ${init} --recovery-out $TO/code --state-dir $TO/state`,
            line: `"$NODE" "$BUNDLE" add $TO/v $FROM ${opened('$TO')}`,
          },
          out: { line: `"$NODE" "$BUNDLE" get $FROM/v /${size} --to $TO ${opened('$FROM')}` },
        },
      ]
    }),
  ),
  variables: { BUNDLE },
}

const cp: Contender = {
  name: 'cp + sync',
  needs: ['cp'],
  version: 'cp --version | sed -n 1p',
  works: {
    big: {
      in: { line: `cp $FROM $TO/big && ${SYNC_BIG}` },
      out: { line: `cp $FROM/big $TO/big && ${SYNC_BIG}` },
    },
    small: {
      in: { line: `cp -r $FROM $TO/small && ${SYNC_TREE}` },
      out: { line: `cp -r $FROM/small $TO/small && ${SYNC_TREE}` },
    },
  },
}

const age: Contender = {
  name: 'age',
  needs: ['age'],
  version: 'echo age $(age --version)',
  works: {
    big: {
      in: { line: 'age -R keys/age.pub -o $TO/big.age $FROM && sync $TO/big.age $TO' },
      out: { line: `age -d -i keys/age -o $TO/big $FROM/big.age && ${SYNC_BIG}` },
    },
  },
}

/** age knows no trees. */
const tarAge: Contender = {
  name: 'tar | age',
  needs: ['age', 'tar'],
  version: 'tar --version | sed -n 1p',
  works: {
    small: {
      in: { line: 'tar -C in -cf - small | age -R keys/age.pub -o $TO/small.age && sync $TO/small.age $TO' },
      out: { line: `age -d -i keys/age $FROM/small.age | tar -C $TO -xf - && ${SYNC_TREE}` },
    },
  },
}

const CRYPT = (remote: string): string =>
  `RCLONE_CRYPT_REMOTE=${remote} RCLONE_CRYPT_PASSWORD=$(cat keys/rclone) rclone`

const rclone: Contender = {
  name: 'rclone crypt',
  needs: ['rclone'],
  version: 'rclone version | sed -n 1p',
  works: {
    big: {
      in: { line: `${CRYPT('$TO')} copyto $FROM :crypt:big && ${SYNC_TREE}` },
      out: { line: `${CRYPT('$FROM')} copyto :crypt:big $TO/big && ${SYNC_BIG}` },
    },
    small: {
      in: { line: `${CRYPT('$TO')} copy $FROM :crypt:small && ${SYNC_TREE}` },
      out: { line: `${CRYPT('$FROM')} copy :crypt:small $TO/small && ${SYNC_TREE}` },
    },
  },
}

const MOUNT = 'mkdir -p mnt && gocryptfs -q -extpass "echo bench-password"'
const NEW_MOUNT = `mkdir $TO/c && gocryptfs -init -q -extpass "echo bench-password" $TO/c && ${MOUNT} $TO/c mnt`
const OLD_MOUNT = `${MOUNT} $FROM/c mnt`
const UNMOUNT = 'fusermount -u mnt'

const gocryptfs: Contender = {
  name: 'gocryptfs',
  needs: ['gocryptfs', 'fusermount', '/dev/fuse'],
  version: 'gocryptfs -version | cut -d";" -f1',
  works: {
    big: {
      in: {
        before: NEW_MOUNT,
        line: `cp $FROM mnt/big && sync mnt/big && ${SYNC_TREE}`,
        after: UNMOUNT,
      },
      out: { before: OLD_MOUNT, line: `cp mnt/big $TO/big && ${SYNC_BIG}`, after: UNMOUNT },
    },
    small: {
      in: { before: NEW_MOUNT, line: `cp -r $FROM mnt/small && ${SYNC_TREE}`, after: UNMOUNT },
      out: { before: OLD_MOUNT, line: `cp -r mnt/small $TO/small && ${SYNC_TREE}`, after: UNMOUNT },
    },
  },
}

const restic: Contender = {
  name: 'restic',
  needs: ['restic'],
  version: 'restic version | cut -d" " -f1,2',
  works: { big: resticWays('big'), small: resticWays('small') },
}

/** It stores the path of what it backs up, as it was given, and gives that back. 7z does so, too. */
function resticWays(size: Size): Ways {
  return {
    in: {
      before: 'restic -q -r $TO/r init --no-cache',
      line: `restic -q --no-cache -r $TO/r backup $FROM && ${SYNC_TREE}`,
    },
    out: { line: `restic -q --no-cache -r $FROM/r restore latest --target $TO && ${SYNC_TREE}` },
    plain: `in/${size}`,
  }
}

const sevenZip: Contender = {
  name: '7z AES, stored',
  needs: ['7zz'],
  version: '7zz | sed -n 2p | cut -d" " -f1-3',
  works: { big: sevenZipWays('big', 'sync $TO/in/big $TO/in'), small: sevenZipWays('small', SYNC_TREE) },
}

function sevenZipWays(size: Size, sync: string): Ways {
  return {
    in: { line: `7zz a -bd -mx0 -mhe -pbench $TO/${size}.7z $FROM && sync $TO/${size}.7z $TO` },
    out: { line: `7zz x -bd -pbench -o$TO $FROM/${size}.7z && ${sync}` },
    plain: `in/${size}`,
  }
}

const borg: Contender = {
  name: 'borg',
  needs: ['borg'],
  version: 'borg --version',
  works: {
    small: {
      in: {
        before: 'BORG_BASE_DIR=keys borg init -e repokey-blake2 $TO/r',
        line: `(cd in && BORG_BASE_DIR=../keys borg create -C none ../$TO/r::a small) && ${SYNC_TREE}`,
      },
      out: {
        line: `(cd $TO && BORG_BASE_DIR=../keys borg extract ../$FROM/r::a) && ${SYNC_TREE}`,
      },
    },
  },
}

export const PEERS: readonly Contender[] = [vault, cp, age, tarAge, rclone, gocryptfs, restic, sevenZip, borg]
