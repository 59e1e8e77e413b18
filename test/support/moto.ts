import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { unpackedMoto } from './moto-unpack.ts'

/**
 * A KMS server for tests and play: moto, with real AES-GCM, the real wire protocol and encryption contexts that
 * are bound. It does not enforce key state, policy or grants: that is the gate's (./kms-gate/).
 *
 * Tests of one run share one (see moto-shared.ts): each makes keys of its own. It can't be skipped: where it does
 * not start, the tests fail.
 */
export type Moto = AsyncDisposable & { readonly url: string }

/** Cold, Python reads all of AWS's service descriptions first: up to half a minute on a slow disk. */
const READY_WITHIN_MS = 90_000
const STOP_WITHIN_MS = 3_000

/**
 * The moto that this run shares, if there is one; else one of its own, which ends with its disposal.
 *
 * On systems other than Debian: `pip install 'moto[server]'` somewhere, and STRONGROOM_MOTO_PYTHON = that Python.
 */
export async function startMoto(): Promise<Moto> {
  const { STRONGROOM_MOTO_BROKER: broker } = process.env
  if (broker === undefined) return startOwnMoto()
  const answer = await fetch(broker)
  if (!answer.ok) throw new Error(await answer.text())
  return { url: await answer.text(), [Symbol.asyncDispose]: async () => {} }
}

export async function startOwnMoto(port?: number): Promise<Moto> {
  const at = port ?? (await freePort())
  const server = launch(at)
  const url = `http://127.0.0.1:${at}`
  try {
    await ready(server, url)
  } catch (error) {
    await server.stop()
    throw error
  }
  return { url, [Symbol.asyncDispose]: server.stop }
}

type Server = { readonly stop: () => Promise<void>; readonly failure: () => string | undefined }

function launch(port: number): Server {
  const { STRONGROOM_MOTO_PYTHON: python, ...env } = process.env
  const own = python === undefined ? { PYTHONPATH: unpackedMoto(), PYTHONNOUSERSITE: '1' } : {}
  const child = spawn(
    python ?? '/usr/bin/python3',
    ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)],
    { env: { ...env, ...own }, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let said = ''
  let failure: string | undefined
  child.stderr.on('data', (chunk: Buffer) => {
    said = `${said}${chunk}`.slice(-2_000)
  })
  child.once('error', (error) => {
    failure = error.message
  })
  child.once('exit', (code, signal) => {
    failure ??= `it ended with ${code ?? signal}: ${said}`
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  return { stop: () => stopped(child), failure: () => failure }
}

async function ready(server: Server, url: string): Promise<void> {
  const endMs = Date.now() + READY_WITHIN_MS
  while (Date.now() < endMs) {
    const failure = server.failure()
    if (failure !== undefined) throw new Error(`moto can’t start: ${failure}`)
    if (await answers(url)) return
    await sleep(50)
  }
  throw new Error(`moto did not answer within ${READY_WITHIN_MS} ms`)
}

/** A call of KMS itself, so that its part of moto is loaded when the first test calls. */
async function answers(url: string): Promise<boolean> {
  try {
    const reply = await fetch(url, {
      method: 'POST',
      body: '{}',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'TrentService.ListKeys',
        authorization: 'AWS4-HMAC-SHA256 Credential=ready/20260101/us-east-1/kms/aws4_request',
      },
    })
    return reply.ok
  } catch {
    return false
  }
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS)
  await ended
  clearTimeout(late)
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      probe.close(() => resolve(port))
    })
  })
}
