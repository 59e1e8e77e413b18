/**
 * The store: all that a vault asks of the place it lies in (ARCHITECTURE, "The store"). Names go from the
 * vault's folder, with `/`. One law: each file is created exclusively, once, and never changed; only the
 * segment of the running process grows.
 */
export type Store = {
  /** Every regular file whose name starts with `prefix`, and what else stands there. */
  list(prefix: string): Promise<readonly StoredFile[]>
  /** The same of a folder, however many there are: one after the other. */
  each(folder: string): Generator<StoredFile>
  /** What stands under a name; undefined if nothing does. */
  stat(name: string): Promise<StoredFile | undefined>
  /** The bytes of a range; fewer only where the file ends. @throws NOT_FOUND · NOT_A_FILE … */
  read(name: string, range: ByteRange): Promise<Uint8Array<ArrayBuffer>>
  /** Where a new file is written before it gets its name: plain data, for a worker. */
  stage(name: string): Ticket
  /** Makes ready, durably, what a ticket needs to be written. */
  prepare(ticket: Ticket): Promise<void>
  /** Creates a small file, durably, and the folders on the way. @throws DESTINATION_EXISTS … */
  create(name: string, bytes: Uint8Array): Promise<void>
  /** The same for a file of any size, written as its pieces come. */
  createFrom(name: string, pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void>
  /**
   * Appends to a segment, durably. `offset` is its length; 0 creates it.
   *
   * @throws SEGMENT_REPLACED another file took its place since this process began it
   */
  append(name: string, offset: number, bytes: Uint8Array): Promise<void>
  /** Removes a file, durably; one that is gone already is no error. */
  remove(name: string): Promise<void>
}

export type ByteRange = { readonly offset: number; readonly length: number }

export type StoredFile = {
  readonly name: string
  readonly kind: 'file' | 'other'
  readonly sizeBytes: number
  /** A placeholder: its contents are with the sync provider, and come when they are read. */
  readonly away: boolean
  readonly mtimeMs: number
}

/** A place for a new file. */
export type Ticket = {
  /** The vault's real path. */
  readonly root: string
  readonly steps: readonly string[]
  readonly name: string
  /** `.<name without suffix>.<device>.tmp`, in the same folder: only its own device may remove it. */
  readonly temp: string
}
