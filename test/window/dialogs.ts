import type { ElectronApplication } from '@playwright/test'

/** What the person answers in the system's dialogs, which no test can press. */
export type Answers = {
  /** Paths chosen in any open dialog; undefined: cancelled. */
  readonly open?: readonly string[]
  /** The path chosen in a save dialog. */
  readonly save?: string
  /** Whether main's questions are answered by the button that acts. */
  readonly confirm?: boolean
}

/** What main asked by message boxes, in order. */
export type Asked = { readonly message: string; readonly detail: string; readonly buttons: readonly string[] }

/** Puts answers in the place of the system's dialogs; what was asked is kept for `askedOf`. */
export async function answerDialogs(app: ElectronApplication, answers: Answers): Promise<void> {
  await app.evaluate(({ dialog }, given) => {
    const kept = Object.assign(globalThis, { strongroomAsked: [] as unknown[] })
    const stubs = {
      showOpenDialog: async () => ({
        canceled: given.open === undefined,
        filePaths: [...(given.open ?? [])],
      }),
      showSaveDialog: async () => ({ canceled: given.save === undefined, filePath: given.save ?? '' }),
      showMessageBox: async (...args: readonly unknown[]) => {
        kept.strongroomAsked.push(args.at(-1))
        return { response: given.confirm === true ? 1 : 0, checkboxChecked: false }
      },
    }
    Object.assign(dialog, stubs)
  }, answers)
}

export async function askedOf(app: ElectronApplication): Promise<readonly Asked[]> {
  return await app.evaluate(() => {
    const { strongroomAsked = [] } = globalThis as { readonly strongroomAsked?: readonly Asked[] }
    return strongroomAsked.map(({ message, detail, buttons }) => ({ message, detail, buttons }))
  })
}
