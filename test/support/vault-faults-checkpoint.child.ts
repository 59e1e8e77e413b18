import { writeCheckpointIfDue } from '../../src/main/vault/checkpoint.ts'
import { openEyes } from './vault-faults-view.ts'

/** Writes a checkpoint of a vault, small as it is: `repair` does when the journal has grown by 64 MiB. */
const [path = '', state = '', code = ''] = process.argv.slice(2)
await using vault = await openEyes({ path, state, code })
const written = await writeCheckpointIfDue(vault, 0)
process.stdout.write(`${JSON.stringify({ type: 'result', written })}\n`)
