import { createServer } from 'node:http'
import { type Moto, startOwnMoto } from './moto.ts'

/**
 * Vitest's global setup: one moto for all test files of a run, started when the first asks for it, so that runs
 * without KMS pay nothing. Files reach it by `startMoto`, which asks here for its address.
 */
export default async function shareMoto(): Promise<() => Promise<void>> {
  let moto: Promise<Moto> | undefined
  const broker = createServer((_request, response) => {
    moto ??= startOwnMoto()
    moto.then(
      ({ url }) => response.end(url),
      (error: unknown) => response.writeHead(500).end(String(error)),
    )
  })
  await new Promise<void>((resolve) => broker.listen(0, '127.0.0.1', resolve))
  const address = broker.address()
  if (address === null || typeof address === 'string') throw new Error('the broker of moto has no port')
  process.env.STRONGROOM_MOTO_BROKER = `http://127.0.0.1:${address.port}`
  return async () => {
    broker.close()
    broker.closeAllConnections()
    const started = await moto?.catch(() => undefined)
    await started?.[Symbol.asyncDispose]()
  }
}
