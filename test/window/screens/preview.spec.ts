import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { test as base, expect } from '../fixture.ts'
import { writeFiles } from '../open-vault.ts'
import { makeVault, previewed, row } from './steps.ts'

const MARK = 'zq unencrypted 7f3a'
/** One black pixel; what stands behind its end is for the search. */
const PNG = Buffer.concat([
  Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==',
    'base64',
  ),
  Buffer.from(MARK),
])

/** A page with a black square. */
function pdf(mark: string): string {
  const drawing = '0 0 100 100 re f'
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R >>',
    `<< /Length ${drawing.length} >>\nstream\n${drawing}\nendstream`,
  ]
  let text = `%PDF-1.4\n% ${mark}\n`
  const offsets = objects.map((object, at) => {
    const offset = text.length
    text += `${at + 1} 0 obj\n${object}\nendobj\n`
    return String(offset).padStart(10, '0')
  })
  const table = ['0000000000 65535 f ', ...offsets.map((offset) => `${offset} 00000 n `)].join('\n')
  return `${text}xref\n0 5\n${table}\ntrailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n${text.length}\n%%EOF\n`
}

/** The program with a temporary folder of its own, to be looked through. */
const test = base.extend({
  env: async ({ folder }, use) => {
    mkdirSync(join(folder, 'tmp'))
    await use({ TMPDIR: join(folder, 'tmp') })
  },
})

/** All files below a folder, as they are called from there. */
const filesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)))
    .sort()

test('an image, a PDF and a text are looked at, and no file of them comes to any disk', async ({
  window,
  folder,
  answer,
  drop,
}) => {
  test.setTimeout(120_000)
  await answer({ save: join(folder, 'Papers') })
  await makeVault(window)
  await drop(
    'main',
    writeFiles(folder, {
      'dot.png': PNG,
      'plan.pdf': pdf(MARK),
      'note.txt': MARK,
      'other.pdf': pdf('harmless'),
    }),
  )
  await expect(row(window, 'plan')).toBeVisible()
  const dialog = window.getByRole('dialog')
  const frame = dialog.frameLocator('iframe')
  const closed = async () => {
    await window.keyboard.press('Escape')
    await expect(dialog).toHaveCount(0)
  }
  const page = frame.getByRole('img', { name: 'Page 1 of 1' })
  // Chromium keeps compiled scripts of ours: those of a PDF's frame are there before.
  await row(window, 'other').dblclick()
  await expect(page).toBeVisible({ timeout: 20_000 })
  await closed()
  await row(window, 'other').dblclick()
  await expect(page).toBeVisible({ timeout: 20_000 })
  await closed()
  const before = filesBelow(folder)

  await row(window, 'note').dblclick()
  await expect(previewed(window, MARK)).toBeVisible()
  await closed()
  await row(window, 'dot').dblclick()
  await expect
    .poll(() => frame.locator('img').evaluate((image) => Reflect.get(image, 'naturalWidth')))
    .toBe(1)
  await closed()
  await row(window, 'plan').dblclick()
  await expect(page).toBeVisible({ timeout: 20_000 })
  // Something black is on the white page.
  await expect
    .poll(() =>
      page.evaluate((canvas) => {
        if (!(canvas instanceof HTMLCanvasElement)) return false
        const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? {}
        return data?.some((_, at) => at % 4 === 3 && data[at] === 255 && data[at - 1] === 0) ?? false
      }),
    )
    .toBe(true)

  const look = () => {
    expect(filesBelow(folder).filter((name) => !before.includes(name))).toEqual([])
    for (const name of filesBelow(folder).filter((each) => !each.startsWith('files/'))) {
      const bytes = readFileSync(join(folder, name))
      const holds = bytes.includes(MARK) || bytes.includes(Buffer.from(MARK, 'utf16le'))
      expect(`${name}: ${holds}`).toBe(`${name}: false`)
    }
  }
  look()
  await closed()
  look()
})
