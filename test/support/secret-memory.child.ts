/** Makes secrets in every way, tells them masked, ends them when told to: others look into its memory. */
import { createSecretKey } from 'node:crypto'
import { createInterface } from 'node:readline'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { fail, kdf, openBox, randomBytes, Secret, sealBox } from '../../src/main/base/index.ts'
import { NO_CONTEXT, unwrapRawAes, wrapRawAes } from '../../src/main/message/index.ts'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

const key = Secret.random('key of keys')
const wrapping = { namespace: 'test', name: 'test', key: createSecretKey(randomBytes(32)) }
const salt = randomBytes(16)
const lost = () => fail('BUG', 'BUG: a key did not come back')

const WAYS: Readonly<Record<string, (i: number) => Secret>> = {
  random: () => Secret.random('random'),
  derived: (i) => kdf(key, salt, `label ${i}`),
  copied: () => {
    using first = Secret.random('first')
    return first.copy()
  },
  'out of a box': () => {
    using first = Secret.random('first')
    const box = first.use((bytes) => sealBox(key, salt, bytes))
    return Secret.take(openBox(key, salt, box) ?? lost(), 'out of a box')
  },
  'out of a message': () => {
    using first = Secret.random('first')
    return unwrapRawAes(wrapping, wrapRawAes(wrapping, first, NO_CONTEXT), NO_CONTEXT) ?? lost()
  },
}

const secrets = Object.entries(WAYS).map(([way, make]) => ({
  way,
  made: Array.from({ length: 10 }, (_, i) => make(i)),
}))

/** Hex of the bytes, masked, made byte by byte: no buffer ever holds them a second time for this. */
function masked(secret: Secret): string {
  return secret.use((bytes) => {
    let text = ''
    for (const byte of bytes) text += (byte ^ 0xa5).toString(16).padStart(2, '0')
    return text
  })
}

const told = JSON.stringify(secrets.map(({ way, made }) => ({ way, masked: made.map(masked) })))
// The collector moves what is young: it is made to, twice, before anyone looks.
collect()
collect()
process.stdout.write(`${told}\n`)

for await (const line of createInterface({ input: process.stdin })) {
  if (line !== 'end') continue
  for (const secret of secrets.flatMap(({ made }) => made)) secret[Symbol.dispose]()
  process.stdout.write('ended\n')
}
