/**
 * The examples in docs/*.md: fenced blocks that carry a name.
 *
 *     ```hex name=<name>    hexadecimal digits; white space means nothing
 *     ```text name=<name>   text, without the line break at its end
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const BLOCK = /^```([a-z]+) name=([a-z0-9-]+)\n([\s\S]*?)^```$/gm

export class DocBlocks {
  readonly #blocks = new Map<string, { readonly language: string; readonly body: string }>()

  /** @param name the document's, in docs/ */
  constructor(name: string) {
    const text = readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8')
    for (const [, language = '', key = '', body = ''] of text.matchAll(BLOCK)) {
      if (this.#blocks.has(key)) throw new Error(`${name} has two blocks named ${key}`)
      this.#blocks.set(key, { language, body: body.replace(/\n$/, '') })
    }
  }

  names(): readonly string[] {
    return [...this.#blocks.keys()]
  }

  hex(name: string): Buffer {
    const digits = this.#body(name, 'hex').replaceAll(/\s/g, '')
    if (!/^([0-9a-f]{2})*$/.test(digits)) throw new Error(`the block ${name} is not hexadecimal`)
    return Buffer.from(digits, 'hex')
  }

  text(name: string, language = 'text'): string {
    return this.#body(name, language)
  }

  /** The body of a block as it stands. */
  raw(name: string, language: string): string {
    return this.#body(name, language)
  }

  #body(name: string, language: string): string {
    const block = this.#blocks.get(name)
    if (block?.language !== language) throw new Error(`the document has no ${language} block named ${name}`)
    return block.body
  }
}
