import { killSweep } from './kill-sweep.ts'

await killSweep('seal')
