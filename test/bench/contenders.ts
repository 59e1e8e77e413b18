/** What is measured: data of one size, on its way in (sealed) or out (opened). */
export type Size = 'big' | 'small'
export type Direction = 'in' | 'out'

/**
 * How one program does it, as shell lines in the scratch folder: $FROM is what it reads, $TO an empty folder
 * it writes into. `in` reads in/big or in/small; `out` reads the folder that `in` filled and leaves `plain`.
 * What it wrote is on the disk when the line ends. `before` and `after` are not timed.
 */
export type Ways = {
  readonly in: Way
  readonly out: Way
  /** Where `out` leaves the plain data; by default $TO/big or $TO/small. */
  readonly plain?: string
}
export type Way = { readonly line: string; readonly before?: string; readonly after?: string }

export type Contender = {
  readonly name: string
  /** The program that must be there, and how it tells its version. */
  readonly program: string
  readonly version: string
  readonly works: Readonly<Partial<Record<Size, Ways>>>
}

/** What Debian calls the peers. */
export const PACKAGES = ['age', 'rclone', 'restic', 'gocryptfs', '7zip', 'borgbackup', 'fuse3', 'fuse']

/** Keys and passwords of the peers; made anew for each scratch folder. */
export const PREPARE =
  'age-keygen -o keys/age 2>/dev/null && age-keygen -y keys/age >keys/age.pub || true; rclone obscure bench-password >keys/rclone || true'

const SYNC_BIG = 'sync $TO/big $TO'
const SYNC_TREE = 'sync -f $TO'

/** Strongroom itself, from a built bundle, with a raw key. @param variable the environment's name of it */
export function strongroom(name: string, variable: string): Contender {
  const key = '--raw-aes-key-file keys/raw --key-namespace bench --key-name bench'
  const strongroom = `"$NODE" "$${variable}"`
  const seal = `${strongroom} seal $FROM --to $TO ${key}`
  return {
    name,
    program: 'bash',
    version: `${strongroom} --version`,
    works: {
      big: { in: { line: seal }, out: { line: `${strongroom} unseal $FROM/big.sealed --to $TO ${key}` } },
      small: { in: { line: seal }, out: { line: `${strongroom} unseal $FROM/small --to $TO ${key}` } },
    },
  }
}

const MOUNT = 'mkdir -p mnt && gocryptfs -q -extpass "echo pw"'
const UNMOUNT = 'fusermount -u mnt'
const NEW_MOUNT = `mkdir $TO/c && gocryptfs -init -q -scryptn 10 -extpass "echo pw" $TO/c && ${MOUNT} $TO/c mnt`

export const PEERS: readonly Contender[] = [
  {
    name: 'cp + sync',
    program: 'cp',
    version: 'cp --version | head -1',
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
  },
  {
    name: 'age',
    program: 'age',
    version: 'age --version',
    works: {
      big: {
        in: { line: 'age -R keys/age.pub -o $TO/big.age $FROM && sync $TO/big.age $TO' },
        out: { line: `age -d -i keys/age -o $TO/big $FROM/big.age && ${SYNC_BIG}` },
      },
    },
  },
  {
    name: 'tar | age',
    program: 'age',
    version: 'age --version',
    works: {
      small: {
        in: {
          line: 'tar -C in -cf - small | age -R keys/age.pub -o $TO/small.age && sync $TO/small.age $TO',
        },
        out: { line: `age -d -i keys/age $FROM/small.age | tar -C $TO -xf - && ${SYNC_TREE}` },
      },
    },
  },
  {
    name: 'rclone crypt',
    program: 'rclone',
    version: 'rclone version | head -1',
    works: {
      big: {
        in: { line: `RCLONE_CRYPT_REMOTE=$TO rclone copyto $FROM :crypt:big && ${SYNC_TREE}` },
        out: { line: `RCLONE_CRYPT_REMOTE=$FROM rclone copyto :crypt:big $TO/big && ${SYNC_BIG}` },
      },
      small: {
        in: { line: `RCLONE_CRYPT_REMOTE=$TO rclone copy $FROM :crypt:small && ${SYNC_TREE}` },
        out: { line: `RCLONE_CRYPT_REMOTE=$FROM rclone copy :crypt:small $TO/small && ${SYNC_TREE}` },
      },
    },
  },
  {
    name: 'gocryptfs',
    program: 'gocryptfs',
    version: 'gocryptfs -version | cut -d";" -f1',
    works: {
      big: {
        in: {
          before: NEW_MOUNT,
          line: `cp $FROM mnt/big && sync mnt/big && ${SYNC_TREE}`,
          after: UNMOUNT,
        },
        out: {
          before: `${MOUNT} $FROM/c mnt`,
          line: `cp mnt/big $TO/big && ${SYNC_BIG}`,
          after: UNMOUNT,
        },
      },
      small: {
        in: { before: NEW_MOUNT, line: `cp -r $FROM mnt/small && ${SYNC_TREE}`, after: UNMOUNT },
        out: {
          before: `${MOUNT} $FROM/c mnt`,
          line: `cp -r mnt/small $TO/small && ${SYNC_TREE}`,
          after: UNMOUNT,
        },
      },
    },
  },
  {
    name: 'restic',
    program: 'restic',
    version: 'restic version | cut -d" " -f1,2',
    works: { big: restic('big'), small: restic('small') },
  },
  {
    name: '7z (store)',
    program: '7zz',
    version: '7zz | sed -n 2p | cut -d" " -f1-3',
    works: { big: sevenZip('big'), small: sevenZip('small') },
  },
  {
    name: 'borg',
    program: 'borg',
    version: 'borg --version',
    works: {
      small: {
        in: {
          before: 'borg init -e repokey-blake2 $TO/r',
          line: `(cd in && borg create -C none ../$TO/r::a small) && ${SYNC_TREE}`,
        },
        out: { line: `(cd $TO && borg extract ../$FROM/r::a) && ${SYNC_TREE}` },
      },
    },
  },
]

/** It stores the whole path of what it backs up, and gives that back. */
function restic(size: Size): Ways {
  return {
    in: {
      before: 'restic -q -r $TO/r init',
      line: `restic -q -r $TO/r backup $FROM && ${SYNC_TREE}`,
    },
    out: { line: `restic -q -r $FROM/r restore latest --target $TO && ${SYNC_TREE}` },
    plain: `$TO$PWD/in/${size}`,
  }
}

function sevenZip(size: Size): Ways {
  return {
    in: { line: `7zz a -bd -mx0 -mhe -pbench $TO/${size}.7z $FROM && sync $TO/${size}.7z $TO` },
    out: {
      line: `7zz x -bd -pbench -o$TO $FROM/${size}.7z && ${size === 'big' ? SYNC_BIG : SYNC_TREE}`,
    },
  }
}
