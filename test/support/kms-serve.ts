import { Gate } from './kms-gate/index.ts'
import { startOwnMoto } from './moto.ts'

/**
 * `npm run kms`: a KMS on this computer to play with: moto, and the tests' gate before it, with two keys. Prints what
 * to export, and runs until it is stopped. Nothing is kept: with it end the keys, and what only they open.
 *
 * On systems other than Debian: `pip install 'moto[server]'`, and STRONGROOM_MOTO_PYTHON = that Python.
 */
const PORT = 4_599

console.error('Starting moto; the first time it is fetched and takes half a minute …')
await using moto = await startOwnMoto()
await using gate = await Gate.start({ motoUrl: moto.url, port: Number(process.argv[2] ?? PORT) })
const team = await gate.createKey({ alias: 'alias/team' })
const spare = await gate.createKey({ alias: 'alias/spare' })
for (const [name, value] of Object.entries(gate.env())) console.log(`export ${name}=${value}`)
console.error(`
In another terminal, paste the lines above. Then for example:
  strongroom init /tmp/team-vault --kms alias/team --no-recovery
Keys:  ${team.arn}   alias/team
       ${spare.arn}   alias/spare
Ctrl-C ends it, and with it these keys.`)
await new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
})
