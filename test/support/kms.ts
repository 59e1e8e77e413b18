import { Gate, NO_AWS_OF_OURS } from './kms-gate/index.ts'
import { startMoto } from './moto.ts'

/**
 * A KMS for the tests of one file: moto with the gate before it. This process calls as the gate's administrator,
 * and reads no AWS configuration of the person who runs the tests.
 */
export async function startKms(): Promise<{ readonly gate: Gate } & AsyncDisposable> {
  const moto = await startMoto()
  const gate = await Gate.start({ motoUrl: moto.url })
  isolateAws()
  gate.actAs()
  return {
    gate,
    async [Symbol.asyncDispose]() {
      await gate[Symbol.asyncDispose]()
      await moto[Symbol.asyncDispose]()
    },
  }
}

/** Nothing of the machine's own: no profile, no file, no metadata service of a cloud. */
export function isolateAws(): void {
  for (const name of Object.keys(process.env))
    if (name.startsWith('AWS_')) Reflect.deleteProperty(process.env, name)
  Object.assign(process.env, NO_AWS_OF_OURS)
}
