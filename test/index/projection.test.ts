import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Batch, State } from '../../src/main/journal/index.ts'
import { histories } from './histories.ts'
import { openTestIndex, RawWriter, shownBy, shownByProjection, type TestIndex } from './support.ts'

let test: TestIndex
beforeAll(async () => {
  test = await openTestIndex()
})
afterAll(async () => {
  await test[Symbol.asyncDispose]()
})

/** Cuts a history into what is applied in one transaction each. */
function parts(batches: readonly Batch[], cuts: readonly number[]): readonly (readonly Batch[])[] {
  const ends = [...new Set(cuts.map((cut) => cut % (batches.length + 1)))].sort((a, b) => a - b)
  return [...ends, batches.length].map((end, index) => batches.slice(index === 0 ? 0 : ends[index - 1], end))
}

it('what an index shows is the projection of the journal, in whatever order and pieces it was applied', async () => {
  await fc.assert(
    fc.asyncProperty(
      histories,
      fc.array(fc.nat()),
      fc.array(fc.nat(), { maxLength: 4 }),
      fc.boolean(),
      async (batches, order, cuts, twice) => {
        const state = new State()
        for (const batch of batches) state.applyBatch(batch)
        const keyed = batches.map((batch, index) => ({ batch, rank: order[index] ?? index }))
        const shuffled = keyed.sort((a, b) => a.rank - b.rank).map(({ batch }) => batch)
        const { index } = test
        await index.empty()
        using writer = new RawWriter(test.facts())
        for (const part of parts(shuffled, cuts)) await writer.apply(part)
        if (twice) await writer.apply(batches)
        expect(shownBy(index, state)).toEqual(shownByProjection(state))
      },
    ),
    { numRuns: Number(process.env.RUNS ?? 300) },
  )
})
