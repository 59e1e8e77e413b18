import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const file = (name: string): Buffer => readFileSync(resolve(root, name))
/** Width and height of a PNG, from its first chunk. */
const sizeOf = (png: Buffer): string => {
  expect(png.subarray(1, 4).toString()).toBe('PNG')
  return `${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`
}

it.each([16, 24, 32, 48, 64, 128, 256, 512, 1024])('Linux has an icon of %i pixels', (size) => {
  expect(sizeOf(file(`resources/icons/set/${size}x${size}.png`))).toBe(`${size}x${size}`)
})

it('Windows has its seven sizes in one file', () => {
  const ico = file('resources/icons/icon.ico')
  const sizes = Array.from({ length: ico.readUInt16LE(4) }, (_, at) => {
    const offset = ico.readUInt32LE(6 + 16 * at + 12)
    return sizeOf(ico.subarray(offset, offset + ico.readUInt32LE(6 + 16 * at + 8)))
  })
  expect(sizes).toEqual([16, 24, 32, 48, 64, 128, 256].map((size) => `${size}x${size}`))
})

it('macOS has its sizes in one file, the doubled ones too', () => {
  const icns = file('resources/icons/icon.icns')
  expect(icns.readUInt32BE(4)).toBe(icns.length)
  const found: Record<string, string> = {}
  for (let at = 8; at < icns.length; at += icns.readUInt32BE(at + 4))
    found[icns.toString('latin1', at, at + 4)] = sizeOf(icns.subarray(at + 8))
  expect(found).toMatchObject({ ic11: '32x32', ic07: '128x128', ic08: '256x256', ic10: '1024x1024' })
})

it('sealed files belong to the app on all three systems, and macOS grants it no more than to compile', () => {
  const config = file('electron-builder.yml').toString()
  // At the top level, so that no system's own list takes its place.
  expect(config).toMatch(/^fileAssociations:\n {2}- ext: sealed$/m)
  expect(config.match(/fileAssociations:/g)).toHaveLength(1)
  expect(config).toMatch(/target: \[AppImage, deb\][\s\S]*target: \[dmg, zip\][\s\S]*target: nsis/)
  const granted = file('resources/icons/mac.plist')
    .toString()
    .match(/<key>[^<]+/g)
  expect(granted).toEqual(['<key>com.apple.security.cs.allow-jit'])
})
