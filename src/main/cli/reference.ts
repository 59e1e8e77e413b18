import type { Command } from 'commander'
import { CODES } from '../contract/codes.ts'

/** docs/cli.md: the reference, from the definitions that parse and explain the commands. */
export function writeReference(program: Command): string {
  const sections = program.commands.map((command) => commandText(command))
  return `${[HEAD, ...sections, codesText()].join('\n\n')}\n`
}

const HEAD = `# The strongroom command

Written by \`npm run docs\` from the definitions in src/main/cli; don't edit.

Human text by default; \`--json\` gives one JSON document, long jobs one JSON object a line of which the last has
\`"type":"result"\`. Progress and diagnostics go to standard error. Secrets never come as arguments or environment
variables.

A destination that exists is never overwritten unless asked. In a job of several files one of the same plain size
and time counts as done and is skipped, so the same command run again goes on with what is missing. Ctrl-C stops
cleanly: nothing half-made is left under a final name.

Exit codes: 0 done · 1 unexpected, or some files failed · 2 usage · 3 locked, or a wrong secret · 4 integrity ·
5 a key can't be used · 6 policy · 7 not found · 8 destination exists · 9 busy · 10 storage · 11 unsupported · 130
interrupted. When files of a job fail: 4 if any is 4, else 10 if any is 10, else the number all share, else 1.`

function commandText(command: Command): string {
  const args = command.registeredArguments.map((argument) => {
    const name = argument.name() + (argument.variadic ? '...' : '')
    return argument.required ? `<${name}>` : `[${name}]`
  })
  const usage = ['strongroom', command.name(), '[options]', ...args].join(' ')
  const rows = [
    ...command.registeredArguments.map((argument) => [argument.name(), argument.description] as const),
    ...command.options.map((option) => [option.flags, option.description] as const),
  ]
  const table = rows.map(([name, text]) => `| \`${name}\` | ${text} |`).join('\n')
  return `## ${command.name()}\n\n\`\`\`\n${usage}\n\`\`\`\n\n${command.description()}\n\n| | |\n|---|---|\n${table}`
}

function codesText(): string {
  const rows = Object.entries(CODES).map(([code, { exit, next }]) => `| \`${code}\` | ${exit} | ${next} |`)
  return `## Error codes\n\n| code | exit | what to do next |\n|---|---|---|\n${rows.join('\n')}`
}
