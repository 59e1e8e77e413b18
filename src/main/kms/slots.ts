/**
 * Calls under way, counted over the whole process: KMS's quotas are an account's, so more at once only brings
 * throttling sooner.
 */
const MOST = 32

let free = MOST
const waiting: (() => void)[] = []

/**
 * Runs `call` in one of 32 slots, first come first served. A call keeps its slot while it waits out throttling:
 * that is what slows the others down.
 *
 * @throws `signal`'s reason when it is stopped before its turn
 */
export async function inSlot<T>(signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
  await slot(signal)
  try {
    return await call()
  } finally {
    const next = waiting.shift()
    // A slot goes from hand to hand; only when nobody waits is it free.
    if (next === undefined) free += 1
    else next()
  }
}

function slot(signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted()
  if (free > 0) {
    free -= 1
    return Promise.resolve()
  }
  return new Promise((resolve, reject) => {
    const turn = () => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }
    const stop = () => {
      waiting.splice(waiting.indexOf(turn), 1)
      reject(signal?.reason)
    }
    waiting.push(turn)
    signal?.addEventListener('abort', stop, { once: true })
  })
}
