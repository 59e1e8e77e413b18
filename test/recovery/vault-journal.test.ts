/** The journal's finer points, opened by open_vault.py: the vault of docs/format.md, and what may befall it. */
import { copyFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ItemId, VersionId } from '../../src/main/contract/ids.ts'
import type { Op } from '../../src/main/journal/index.ts'
import { doc, docId } from '../docs/doc-vault.ts'
import { newId } from '../support/key-fixture.ts'
import {
  CHECKPOINT,
  FIRST_KEY,
  made,
  record,
  rename,
  SECOND,
  SECOND_KEY,
  SEGMENT,
  vaultOfTheDocument,
  versionOp,
} from './document-vault.ts'
import { lastFrameHash, treeFolders } from './frames.ts'
import { openByCode, openVault } from './open-vault.ts'

describe('the vault of docs/format.md', () => {
  it('opens by its recovery code: both epochs, the folder, the file, the bin', () => {
    using folder = vaultOfTheDocument()
    expect(openByCode(folder)).toMatchObject({ code: 0, err: '' })
    expect(made(folder)).toEqual(['out/Bridges/Brücke.txt'])
    expect(folder.read('out/Bridges/Brücke.txt')).toEqual(doc.hex('plaintext-vault'))
  })

  it('opens by its passphrase, which is for epoch 1 only: what is under the next is named', () => {
    using folder = vaultOfTheDocument()
    const { code, err } = openVault(folder, '--passphrase-file', 'pass')
    expect(code).toBe(3)
    expect(err).toContain(
      `${doc.text('segment-2-name')}: (3) written under a metadata key that does not open`,
    )
    expect(made(folder)).toEqual(['out/Bridges/Brücke.txt'])
  })

  it('with its first segment gone: the checkpoint tells the same, and the loss is named', () => {
    using folder = vaultOfTheDocument()
    rmSync(folder.at(SEGMENT))
    const { code, err } = openByCode(folder)
    expect([code, err]).toEqual([4, expect.stringContaining('bytes, which are not there')])
    expect(made(folder)).toEqual(['out/Bridges/Brücke.txt'])
  })

  it.each([
    ['epoch 2 with another epoch', 'metadata-2-name', /"epoch":2/, '"epoch":3'],
    ['epoch 2 with another mac', 'metadata-2-name', /"mac":"..../, '"mac":"AAAA'],
    ['epoch 1 with another mac', 'metadata-1-name', /"mac":"..../, '"mac":"AAAA'],
    ['epoch 1 with another id', 'metadata-1-name', /"metadataKeyId":"../, '"metadataKeyId":"ff'],
  ])('metadata of %s is named, and not believed', (_title, block, from, to) => {
    using folder = vaultOfTheDocument()
    const name = doc.text(block)
    folder.write(`V/${name}`, folder.read(`V/${name}`).toString().replace(from, to))
    const { code, err } = openByCode(folder)
    expect(code).toBe(4)
    expect(err).toMatch(
      /keys\/metadata\/.*: \(4\) (was changed, or not written|no file of the epoch before it)/,
    )
  })
})

describe('what other devices recorded', () => {
  it('under the newest epoch counts', async () => {
    using folder = vaultOfTheDocument()
    await record(folder, SECOND_KEY, [rename('New name.txt')])
    expect(openByCode(folder)).toMatchObject({ code: 0, err: '' })
    expect(made(folder)).toEqual(['out/Bridges/New name.txt'])
  })

  it('under an older epoch, after the newest began, is left out and said', async () => {
    using folder = vaultOfTheDocument()
    const late = await record(folder, FIRST_KEY, [rename('From someone who left.txt')])
    const { code, err } = openByCode(folder)
    expect([code, err]).toEqual([
      0,
      expect.stringContaining(`${late.slice(2)}: note: 1 records of an older epoch`),
    ])
    expect(made(folder)).toEqual(['out/Bridges/Brücke.txt'])
  })

  it('under an older epoch, and accepted by someone of the newest, counts', async () => {
    using folder = vaultOfTheDocument()
    const late = await record(folder, FIRST_KEY, [rename('Late.txt')])
    const [, , , segment = ''] = late.replace('.log', '').split('/')
    const frames = folder.read(late)
    await record(folder, SECOND_KEY, [
      { kind: 'set', name: `accept/${segment}`, value: [frames.length, lastFrameHash(frames)] },
    ])
    expect(openByCode(folder)).toMatchObject({ code: 0, err: '' })
    expect(made(folder)).toEqual(['out/Bridges/Late.txt'])
  })

  it('two versions of a file that did not know of each other: both come', async () => {
    using folder = vaultOfTheDocument()
    const version = newId<VersionId>()
    await record(folder, SECOND_KEY, [{ ...versionOp, version, bases: [] }])
    const { code, err } = openByCode(folder)
    // The newer one has no message here. It is named, and the other comes beside it.
    expect([code, err]).toEqual([
      4,
      expect.stringContaining('not opened: Bridges/Brücke.txt: (4) its message is missing'),
    ])
    const [, short] =
      doc
        .text('message-vault-name')
        .split('/')
        .at(-1)
        ?.match(/^(.{8})/) ?? []
    expect(made(folder)).toEqual([`out/Bridges/Brücke (version ${short}).txt`])
  })

  it('a second file of the same name gets a number; folders inside each other hang at the root', async () => {
    using folder = vaultOfTheDocument()
    const [one, two] = [newId<ItemId>(), newId<ItemId>()]
    const put = (item: ItemId, parent: ItemId, name: string): Op => {
      return { kind: 'put', item, itemKind: 'folder', parent, name, mtimeMs: 0, mode: 0o755 }
    }
    await record(folder, SECOND_KEY, [put(one, two, 'One'), put(two, one, 'Two')])
    await record(folder, SECOND_KEY, [put(newId<ItemId>(), docId<ItemId>('folder-id'), 'BRÜCKE.TXT')])
    await record(folder, SECOND_KEY, [put(newId<ItemId>(), newId<ItemId>(), '../../..')])
    expect(openByCode(folder)).toMatchObject({ code: 0, err: '' })
    const folders = treeFolders(folder)
    expect(folders).toContain('Two/One')
    expect(folders).toContain('Bridges/BRÜCKE.TXT (2)')
    expect(folders).toContain('Recovered/.._.._..')
  })
})

describe('files of the journal that are not as they were written', () => {
  it('a conflict copy of a segment is read with it, each frame once', () => {
    using folder = vaultOfTheDocument()
    copyFileSync(folder.at(SEGMENT), folder.at(SEGMENT.replace('.log', ' (conflicted copy).log')))
    truncateSync(folder.at(SEGMENT), doc.hex('segment-header').length + doc.hex('segment-frame-1').length)
    const { code } = openByCode(folder)
    expect(code).toBe(0)
    expect(made(folder)).toEqual(['out/Bridges/Brücke.txt'])
  })

  it('a checkpoint that is cut is left alone: but the epoch names it, so its loss is said', () => {
    using folder = vaultOfTheDocument()
    truncateSync(folder.at(CHECKPOINT), 1000)
    const { code, err } = openByCode(folder)
    expect([code, err]).toEqual([
      4,
      expect.stringContaining('checkpoint that the newest epoch names is missing'),
    ])
    // What the first segment holds can't be told from late records now: the file comes by its message.
    expect(made(folder)).toEqual([expect.stringMatching(/^out\/Folder [0-9a-f]{8}\/Brücke\.txt$/)])
  })

  it('a segment in another device’s folder is refused', () => {
    using folder = vaultOfTheDocument()
    const elsewhere = SECOND.replace(/[0-9a-f]{32}/, '0'.repeat(32))
    folder.write(elsewhere, folder.read(SECOND))
    rmSync(folder.at(dirname(SECOND)), { recursive: true })
    const { code, err } = openByCode(folder)
    expect([code, err]).toEqual([4, expect.stringContaining('its first bytes are not those of this file')])
  })

  it('names that nobody gave are said, and not read', () => {
    using folder = vaultOfTheDocument()
    writeFileSync(folder.at('V/keys/notes.txt'), 'x')
    folder.write('V/journal/Thumbs.db', 'x')
    folder.write('V/items/zz/x.sealed', 'x')
    const { code, err } = openByCode(folder)
    expect([code, err]).toEqual([0, expect.stringContaining('keys/notes.txt: note: not a name')])
    expect(err.match(/not a name that Strongroom gives/g)).toHaveLength(3)
  })
})
