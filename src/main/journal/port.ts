/**
 * What the journal needs of the store (ARCHITECTURE, "The store"): some of its seven verbs, bytes in, bytes
 * out. Names are those of the vault: `journal/<device>/<file>`.
 */
export type JournalSource = {
  /** Every file whose name starts with `prefix`, with its size now. */
  list(prefix: string): Promise<readonly ListedFile[]>
  /** The bytes of a range; fewer only where the file ends. */
  read(name: string, range: ByteRange): Promise<Uint8Array>
}

export type JournalSink = {
  /**
   * Appends durably: when it returns, the bytes survive a power cut. `offset` is the file's length; 0 creates
   * it, and fails if the name exists.
   */
  append(name: string, offset: number, bytes: Uint8Array): Promise<void>
}

export type ListedFile = { readonly name: string; readonly sizeBytes: number }
export type ByteRange = { readonly offset: number; readonly length: number }
