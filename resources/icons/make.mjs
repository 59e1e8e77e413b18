// Makes every icon from icon.svg (docs/packaging.md): `npx node resources/icons/make.mjs [Chromium's program]`.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from '@playwright/test'

const here = import.meta.dirname
const png = (size) => readFileSync(join(here, 'set', `${size}x${size}.png`))
const picture = `data:image/svg+xml;base64,${readFileSync(join(here, 'icon.svg')).toString('base64')}`

mkdirSync(join(here, 'set'), { recursive: true })
// Chromium's own sandbox does not start as root; it draws our own picture here.
const browser = await chromium.launch({
  executablePath: process.argv[2] ?? '/usr/bin/chromium',
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
})
const page = await browser.newPage()
for (const size of [16, 24, 32, 48, 64, 128, 256, 512, 1024]) {
  await page.setViewportSize({ width: size, height: size })
  await page.setContent(
    `<style>*{margin:0}img{display:block;width:${size}px;height:${size}px}</style><img src="${picture}">`,
  )
  await page.locator('img').evaluate((image) => image.decode())
  const clip = { x: 0, y: 0, width: size, height: size }
  await page.screenshot({ path: join(here, 'set', `${size}x${size}.png`), omitBackground: true, clip })
}
await browser.close()
writeFileSync(join(here, 'icon.png'), png(1024))

// Windows: count, then 16 bytes an image (0 stands for 256), then the PNGs.
const ico = [16, 24, 32, 48, 64, 128, 256]
let offset = 6 + 16 * ico.length
const head = Buffer.alloc(offset)
head.writeUInt16LE(1, 2)
head.writeUInt16LE(ico.length, 4)
ico.forEach((size, at) => {
  const entry = 6 + 16 * at
  head.writeUInt8(size % 256, entry)
  head.writeUInt8(size % 256, entry + 1)
  head.writeUInt16LE(1, entry + 4)
  head.writeUInt16LE(32, entry + 6)
  head.writeUInt32LE(png(size).length, entry + 8)
  head.writeUInt32LE(offset, entry + 12)
  offset += png(size).length
})
writeFileSync(join(here, 'icon.ico'), Buffer.concat([head, ...ico.map(png)]))

// macOS: magic and length, then type, length and PNG of each size (ic11–ic14 are the doubled ones).
const icns = [
  ['ic11', 32],
  ['ic12', 64],
  ['ic07', 128],
  ['ic13', 256],
  ['ic08', 256],
  ['ic14', 512],
  ['ic09', 512],
  ['ic10', 1024],
].map(([type, size]) => chunk(type, png(size)))
writeFileSync(join(here, 'icon.icns'), chunk('icns', Buffer.concat(icns)))

function chunk(type, body) {
  const header = Buffer.alloc(8)
  header.write(type, 0, 'latin1')
  header.writeUInt32BE(body.length + 8, 4)
  return Buffer.concat([header, body])
}
