import { assertNever, bug, Secret } from '../base/index.ts'
import { type Folder, openBelow, type StagedFile } from '../files/index.ts'
import type { RawAesKey } from '../message/index.ts'
import { addStage } from './add-work.ts'
import { NO_TASK, Stopped, WorkerControl } from './control.ts'
import { chooseName, failExists } from './existing.ts'
import { getStage } from './get-work.ts'
import {
  type FromWorker,
  type KeyParcel,
  type Outcome,
  plainError,
  type Task,
  type ToWorker,
  type Work,
} from './protocol.ts'
import { sealStage } from './seal-work.ts'
import { isStaged, type Stage, type Staged } from './stage.ts'
import { unsealStage } from './unseal-work.ts'

/** The worker thread's end of its port: what node:worker_threads gives as `parentPort`. */
export type WorkPort = {
  on(event: 'message', listener: (message: ToWorker) => void): unknown
  postMessage(message: FromWorker): void
}

/** Runs a worker thread: takes keys and groups of files from the pool until it is ended. */
export function runWork(port: WorkPort): void {
  let run: GroupRun | undefined
  port.on('message', (message) => {
    switch (message.kind) {
      case 'begin':
        run = new GroupRun(message.work, new WorkerControl(message.shared, message.worker))
        return
      case 'key':
        begun(run).addKey(message.key)
        return
      case 'group':
        void begun(run)
          .run(message.tasks, message.keys)
          .then((outcomes) => port.postMessage({ kind: 'outcomes', outcomes }))
    }
  })
}

const begun = (run: GroupRun | undefined): GroupRun => run ?? bug('work before its beginning')

/** A key that was handed to this thread; it ends with the thread. */
type HeldKey = RawAesKey & { readonly secret: Secret }

/**
 * Works through groups of files: each is staged, then all are synced at once, named, and their folders
 * synced. Only then are they done.
 */
class GroupRun {
  readonly #work: Work
  readonly #control: WorkerControl
  readonly #keys: HeldKey[] = []
  /** Keys of the files of the group at hand. */
  readonly #own = new Map<string, Secret>()
  #stage: Stage | undefined

  constructor(work: Work, control: WorkerControl) {
    this.#work = work
    this.#control = control
  }

  addKey(parcel: KeyParcel): void {
    this.#keys.push(held(parcel))
  }

  /** @param keys of these files alone */
  async run(tasks: readonly Task[], keys: readonly KeyParcel[]): Promise<readonly Outcome[]> {
    using own = new DisposableStack()
    for (const { namespace, name, bytes } of keys) {
      this.#own.set(`${namespace} ${name}`, own.use(Secret.take(bytes, namespace)))
    }
    own.defer(() => this.#own.clear())
    const outcomes: Outcome[] = []
    const folders = new FolderCache()
    const found = new Map<Outcome, Folder>()
    const staged: Staged[] = []
    const flush = async () => {
      this.#control.at(NO_TASK)
      outcomes.push(...(await publishGroup(staged, found)))
      staged.length = 0
      found.clear()
      folders.close()
    }
    const collect = (task: Task, result: Staged | Outcome) => {
      if (isStaged(result)) staged.push(result)
      else if (result.status === 'skipped' && result.code === 'DONE') found.set(result, folders.open(task))
      else outcomes.push(result)
    }
    try {
      for (const task of tasks) {
        this.#control.at(task.id)
        const result = await this.#stageOne(task, folders)
        // Too many open files: finish those at hand, which closes them, and try once more.
        if (staged.length > 0 && isTooManyFiles(result)) {
          await flush()
          this.#control.at(task.id)
          collect(task, await this.#stageOne(task, folders))
        } else {
          collect(task, result)
        }
      }
      await flush()
    } finally {
      folders.close()
      this.#control.at(NO_TASK)
    }
    return outcomes
  }

  async #stageOne(task: Task, folders: FolderCache): Promise<Staged | Outcome> {
    try {
      this.#control.check()
      this.#stage ??= this.#makeStage()
      return await this.#stage(task, folders.open(task), this.#control)
    } catch (error) {
      if (error instanceof Stopped) return { id: task.id, status: 'stopped' }
      return { id: task.id, status: 'failed', error: plainError(error) }
    }
  }

  #makeStage(): Stage {
    const [key] = this.#keys
    switch (this.#work.kind) {
      case 'seal':
        return sealStage(key, new Map(this.#work.context), (space, name) => this.#find(space, name))
      case 'unseal':
        return unsealStage(this.#keys, new Map(this.#work.requiredContext), (space, name) =>
          this.#find(space, name),
        )
      case 'add':
        return addStage(this.#work, (space, name) => this.#find(space, name))
      case 'get':
        return getStage(this.#work.vaultId, (space, name) => this.#find(space, name))
      default:
        return assertNever(this.#work)
    }
  }

  #find(namespace: string, name: string): Secret | undefined {
    const own = this.#own.get(`${namespace} ${name}`)
    return own ?? this.#keys.find((key) => key.namespace === namespace && key.name === name)?.secret
  }
}

function held({ namespace, name, bytes, proven, context }: KeyParcel): HeldKey {
  const secret = Secret.take(bytes, namespace)
  return { namespace, name, secret, key: secret.keyObject(), proven, context: new Map(context) }
}

const isTooManyFiles = (result: Staged | Outcome): boolean =>
  !isStaged(result) && result.status === 'failed' && result.error.code === 'TOO_MANY_FILES'

/**
 * Syncs all at once, names them, syncs their folders: in that order, or a name could outlive its contents.
 * What an earlier run finished counts as done only when its folder is synced, too: that run may have been
 * killed just before.
 */
async function publishGroup(
  group: readonly Staged[],
  found: ReadonlyMap<Outcome, Folder>,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  const named: { readonly outcome: Outcome; readonly folder: Folder; readonly file?: StagedFile }[] = [
    ...[...found].map(([outcome, folder]) => ({ outcome, folder })),
  ]
  // Not before all are written: begun one by one beside the writing, they took half as much processor time again.
  const synced = await Promise.allSettled(group.map((staged) => staged.file.sync()))
  group.forEach((staged, index) => {
    const { task, file, plainBytes, added } = staged
    const result = synced[index]
    try {
      if (result?.status === 'rejected') throw result.reason
      const target = publishOne(staged)
      named.push({
        outcome: { id: task.id, status: 'done', plainBytes, target, ...(added && { added }) },
        folder: file.folder,
        file,
      })
    } catch (error) {
      outcomes.push({ id: task.id, status: 'failed', error: plainError(error) })
    }
  })
  const folders = [...new Set(named.map(({ folder }) => folder))]
  const saved = new Map(
    await Promise.all(folders.map(async (folder) => [folder, await errorOf(folder.sync())] as const)),
  )
  for (const { outcome, folder, file } of named) {
    const error = saved.get(folder)
    if (error !== undefined) file?.withdraw()
    outcomes.push(
      error === undefined ? outcome : { id: outcome.id, status: 'failed', error: plainError(error) },
    )
  }
  for (const staged of group) staged.file.close()
  return outcomes
}

const errorOf = (promise: Promise<void>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error) => error,
  )

/** @returns the name it got @throws DESTINATION_EXISTS somebody was faster */
function publishOne({ task, file, base, suffix, name }: Staged): string {
  if (task.exists === 'replace') {
    file.publish(name, true)
    return name
  }
  let wanted = name
  while (file.publish(wanted) === 'exists') {
    if (task.exists === 'refuse') failExists(file.folder, wanted)
    wanted = chooseName(file.folder, base, suffix, task.exists, undefined).name
  }
  return wanted
}

/** The target folders of one group, each opened once. */
class FolderCache {
  readonly #open = new Map<string, Folder>()

  open({ root, steps }: Task): Folder {
    const key = `${root}\0${steps.join('/')}`
    const known = this.#open.get(key)
    if (known !== undefined) return known
    const folder = openBelow(root, steps)
    this.#open.set(key, folder)
    return folder
  }

  close(): void {
    for (const folder of this.#open.values()) folder[Symbol.dispose]()
    this.#open.clear()
  }
}
