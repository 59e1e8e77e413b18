import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/**
 * moto, an open-source KMS server, from Debian trixie's packages: fetched by apt (which checks Debian's
 * signatures) and unpacked into node_modules/.cache/moto, without being installed. 13 MB, once.
 *
 * Needs Debian or Ubuntu's apt-get, dpkg-deb, /usr/bin/python3 and the archive's keyring, as Debian 12 and 13
 * come; no root.
 */
const HOME = resolve(import.meta.dirname, '../../node_modules/.cache/moto')
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

const FROM_TRIXIE = [
  'moto=5.1.1-4',
  ...['boto3', 'botocore', 's3transfer', 'jmespath', 'dateutil', 'six', 'urllib3', 'requests', 'certifi'],
  ...['idna', 'chardet', 'responses', 'werkzeug', 'flask', 'flask-cors', 'jinja2', 'itsdangerous', 'click'],
  ...['blinker', 'xmltodict', 'antlr4'],
].map((name) => `python3-${name}`)
/** Compiled for one Python: from the system's own release. */
const FROM_HERE = ['python3-markupsafe', 'python3-cryptography', 'python3-cffi-backend']

/** The folder that Python finds moto in; fetched and unpacked first where it is absent. */
export function unpackedMoto(): string {
  if (!existsSync(HOME)) unpack()
  return join(HOME, 'usr/lib/python3/dist-packages')
}

function unpack(): void {
  mkdirSync(dirname(HOME), { recursive: true })
  const work = mkdtempSync(`${HOME}-`)
  try {
    const [debs, root] = [join(work, 'debs'), join(work, 'root')]
    for (const folder of [debs, root]) mkdirSync(folder)
    const trixie = { ...process.env, APT_CONFIG: writeAptConfig(work) }
    run('apt-get', ['update', '-qq'], work, trixie)
    run('apt-get', ['download', '-qq', ...FROM_TRIXIE], debs, trixie)
    if (downloads(FROM_HERE, debs) !== 0) {
      // A bare machine has no package lists yet.
      run('apt-get', ['update', '-qq'], work)
      run('apt-get', ['download', '-qq', ...FROM_HERE], debs)
    }
    for (const deb of readdirSync(debs)) run('dpkg-deb', ['-x', join(debs, deb), root], work)
    // Whole or absent: another test run may be at the same. The one that came first stays.
    if (!existsSync(HOME)) renameSync(root, HOME)
  } catch (error) {
    if (!existsSync(HOME)) throw error
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** An apt that knows one source and touches nothing of the system's. */
function writeAptConfig(work: string): string {
  const at = (name: string) => join(work, name)
  for (const folder of ['lists/partial', 'cache/archives/partial', 'etc']) {
    mkdirSync(at(folder), { recursive: true })
  }
  writeFileSync(at('status'), '')
  writeFileSync(at('sources.list'), `deb [signed-by=${KEYRING}] ${debianMirror()} trixie main\n`)
  const config = at('apt.conf')
  writeFileSync(
    config,
    `Dir::Etc::sourcelist "${at('sources.list')}";
Dir::Etc::sourceparts "${at('etc')}"; Dir::Etc::preferencesparts "${at('etc')}"; Dir::Etc::parts "${at('etc')}";
Dir::State::lists "${at('lists')}"; Dir::State::status "${at('status')}"; Dir::Cache "${at('cache')}";
APT::Sandbox::User "root"; Acquire::Languages "none";
`,
  )
  return config
}

/** The mirror that this machine uses already. */
function debianMirror(): string {
  const targets = run('apt-get', ['indextargets', '--format', '$(REPO_URI)'], '/').split('\n')
  return targets.find((line) => /\/debian\/?$/.test(line)) ?? 'http://deb.debian.org/debian'
}

const downloads = (names: readonly string[], folder: string): number | null =>
  spawnSync('apt-get', ['download', '-qq', ...names], { cwd: folder, stdio: 'ignore' }).status

function run(program: string, args: readonly string[], cwd: string, env = process.env): string {
  const done = spawnSync(program, args, { cwd, env, encoding: 'utf8' })
  if (done.status === 0) return done.stdout
  const why = done.error?.message ?? done.stderr
  throw new Error(`moto, the KMS server of the tests, can’t be fetched: ${program} ${args[0]}: ${why}`)
}
