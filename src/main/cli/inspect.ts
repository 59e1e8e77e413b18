import type { Command } from 'commander'
import { displayText } from '../files/index.ts'
import { type Inspection, inspectFile } from '../vault/index.ts'
import type { CommandContext } from './command-context.ts'
import { countText, sizeText } from './output.ts'

export function addInspect(program: Command, context: CommandContext): void {
  program
    .command('inspect')
    .summary('show the header of a sealed file in words; needs no key')
    .description(
      'Shows what the header of a sealed file says: suite, context, encrypted data keys, frames. It needs no key, so ' +
        'none of it is verified: only opening the file proves it.',
    )
    .argument('<file.sealed>', 'any AWS Encryption SDK version 2 message with key commitment')
    .option('--json', 'one JSON document')
    .action((path: string, flags: { readonly json?: boolean }) => {
      const output = context.output(flags.json === true)
      const inspection = inspectFile(path)
      output.emit({ type: 'result', ...inspection })
      output.say(describe(inspection))
    })
}

/** The header in words, a line a fact. */
export function describe(it: Inspection): string {
  const rows: [string, string][] = [
    ['File', `${displayText(it.path)}, ${sizeText(it.sizeBytes)}`],
    ['Format', `AWS Encryption SDK message, version ${it.formatVersion}`],
    ['Suite', `${it.suite.id}: ${it.suite.name}`],
    ['Message id', it.messageId],
    ['Locked by', lockText(it)],
    ...Object.entries(it.context).map(([key, value]): [string, string] => [
      'Context',
      `${displayText(key)} = ${displayText(value)}`,
    ]),
    ...it.edks.map((edk, index): [string, string] => [
      `Data key ${index + 1}`,
      `wrapped by “${displayText(edk.keyName)}” of ${displayText(edk.provider)}, ${edk.ciphertextBytes} bytes`,
    ]),
    ['Commit key', it.commitKey],
    ['Body', bodyText(it)],
    ['Header', `${it.headerBytes} bytes`],
  ]
  const width = Math.max(...rows.map(([label]) => label.length)) + 2
  const text = rows.map(([label, value]) => label.padEnd(width) + value).join('\n')
  return `${text}\n\nNothing above is verified: that takes the key.`
}

function lockText({ lock }: Inspection): string {
  switch (lock.kind) {
    case 'passphrase':
      return `a passphrase, by ${displayText(lock.kdf.split('$').slice(0, 3).join(' '))}`
    case 'vault':
      return `the key ${lock.keyVersionId} of the vault ${lock.vaultId}`
    case 'raw-aes':
      return `the raw AES key “${displayText(lock.name)}” of “${displayText(lock.namespace)}”`
    case 'other':
      return `keys of ${lock.providers.map(displayText).join(', ')}`
  }
}

function bodyText({ framed, frameLengthBytes, frames, plainBytes, suite }: Inspection): string {
  const kind = framed ? `frames of ${sizeText(frameLengthBytes)}` : 'one unframed block'
  if (plainBytes === null)
    return suite.signed ? `${kind}, signed` : `${kind}; the file was cut: no body has this size`
  return framed
    ? `${countText(frames ?? 0, 'frame')} (${kind}), ${plainBytes} plain bytes`
    : `${kind}, ${plainBytes} plain bytes`
}
