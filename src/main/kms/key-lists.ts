import type { Sender } from './sender.ts'

/** A page of one of KMS's lists, and where the next begins. */
type Page<T> = {
  readonly rows?: readonly T[] | undefined
  readonly Truncated?: boolean | undefined
  readonly NextMarker?: string | undefined
}
type Marker = { readonly Marker?: string }

/** Every row of a list that comes in pages. */
export async function allPages<T>(page: (marker: Marker) => Promise<Page<T>>): Promise<readonly T[]> {
  const rows: T[] = []
  let marker: Marker = {}
  for (;;) {
    const answer = await page(marker)
    rows.push(...(answer.rows ?? []))
    if (answer.Truncated !== true || answer.NextMarker === undefined) return rows
    marker = { Marker: answer.NextMarker }
  }
}

/** The aliases of a key (`alias/…`). May name a key that is not trusted: a person asks about it. */
export async function aliasesOf(
  sender: Sender,
  signal: AbortSignal | undefined,
  arn: string,
): Promise<readonly string[]> {
  const asked = { operation: 'ListAliases', key: arn }
  const rows = await allPages((marker) =>
    sender.callUnpinned(asked, signal, async (client, { ListAliasesCommand }, options) => {
      const answer = await client.send(new ListAliasesCommand({ KeyId: arn, ...marker }), options)
      return { ...answer, rows: answer.Aliases }
    }),
  )
  return rows.flatMap(({ AliasName: name }) => name ?? [])
}
