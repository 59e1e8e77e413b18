import { makeProgram, writeReference } from '../../src/main/cli/index.ts'

/** What docs/cli.md has to be: made from the definitions that parse and explain the commands. */
export async function cliDocs(): Promise<string> {
  const program = await makeProgram(
    {
      runtime: { workerPath: '' },
      output: () => {
        throw new Error('nothing is run here')
      },
      interrupts: () => new AbortController().signal,
      exit: () => {},
      atLeast: () => {},
    },
    { out: process.stdout, err: process.stderr },
    '',
  )
  return writeReference(program)
}
