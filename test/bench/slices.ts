import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'electron-vite'
import { type Contender, strongroom } from './peers.ts'

const ROOT = join(import.meta.dirname, '../..')
const FRAMES = join(ROOT, 'src/main/message/frames.ts')
const KIB = 1024

/** The two places of frames.ts that hand a whole frame to the cipher, and how they'd do it in slices. */
const EDITS = [
  {
    whole: `    const ciphertext = cipher.update(plain)
    out.set(ciphertext, end)
    release(ciphertext)
`,
    sliced: `    for (let from = 0; from < plain.length; from += SLICE_BYTES) {
      const ciphertext = cipher.update(plain.subarray(from, from + SLICE_BYTES))
      out.set(ciphertext, end + from)
      release(ciphertext)
    }
`,
  },
  {
    whole: `    const plain = decipher.update(body.subarray(0, block.lengthBytes))
`,
    sliced: `    const plain = new Uint8Array(block.lengthBytes)
    for (let from = 0; from < plain.length; from += SLICE_BYTES) {
      const part = decipher.update(body.subarray(from, Math.min(from + SLICE_BYTES, plain.length)))
      plain.set(part, from)
      release(part)
    }
`,
  },
] as const

/**
 * Builds Strongroom with `update()` called on slices of each frame, to be measured beside the real one
 * (SPEED.md "What won" 2): the whole pipeline, only that differs.
 *
 * @param folder where the builds go
 * @throws frames.ts has changed, and the edits above no longer fit
 */
export async function slicedBuilds(folder: string, kibibytes: readonly number[]): Promise<Contender[]> {
  const builds: Contender[] = []
  for (const kib of kibibytes) {
    const outDir = join(folder, `slices-${kib}`)
    await build({
      root: ROOT,
      configFile: join(ROOT, 'electron.vite.config.ts'),
      logLevel: 'error',
      build: { outDir },
      plugins: [{ name: 'slices', transform: slicing(kib * KIB) }],
    })
    builds.push(strongroom(`update() in ${kib} KiB`, join(outDir, 'main/bin.js')))
  }
  return builds
}

function slicing(sliceBytes: number) {
  const source = EDITS.reduce(
    (text, { whole, sliced }) => {
      if (text.split(whole).length !== 2)
        throw new Error(`${FRAMES} has changed: no single place of\n${whole}`)
      return text.replace(whole, sliced.replaceAll('SLICE_BYTES', String(sliceBytes)))
    },
    readFileSync(FRAMES, 'utf8'),
  )
  return { order: 'pre' as const, handler: (_: string, id: string) => (id === FRAMES ? source : undefined) }
}
