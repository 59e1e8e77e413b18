import { asVaultError } from '../base/index.ts'
import { type Prepare, type Prepared, plainError, type Task } from '../jobs/index.ts'

/** Prepares the files of a group side by side. What is refused, by KMS say, fails that file alone. */
export function prepareEach(prepare: (task: Task) => Promise<Prepared>): Prepare {
  return (group) =>
    Promise.all(
      group.map(async (task) => {
        try {
          return await prepare(task)
        } catch (error) {
          if (asVaultError(error).code === 'BUG') throw error
          return { task, error: plainError(error) }
        }
      }),
    )
}
