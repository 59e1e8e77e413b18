import { expect, test } from './fixture.ts'

test.use({ bare: { name: 'bridge', scripts: {} } })

test('the page sees the bridge and nothing else of the program', async ({ window }) => {
  const seen = await window.evaluate(() => ({
    names: ['require', 'process', 'module', 'Buffer', 'electron', 'ipcRenderer', '__host'].filter(
      (name) => name in globalThis,
    ),
    bridge: Object.keys(Reflect.get(globalThis, 'strongroom')).sort(),
    frozen: Object.isFrozen(Reflect.get(globalThis, 'strongroom')),
  }))
  expect(seen).toEqual({ names: [], bridge: ['call', 'dropped', 'on'], frozen: true })
})

test('a first start says that there is no vault', async ({ window }) => {
  const state = await window.evaluate(() => Reflect.get(globalThis, 'strongroom').call('app.state', {}))
  expect(state).toMatchObject({ ok: true, value: { window: 'main', stage: 'test', vault: { kind: 'none' } } })
})
