import { bug } from '../base/index.ts'
import { type DeviceId, idBytes, type SegmentId } from '../contract/ids.ts'
import { type Hash, type Head, hashBytes } from '../journal/index.ts'
import { readHeads, readPlaces } from './anchors-rows.ts'
import { type Opening, openingOf } from './opening.ts'
import type { Connection } from './sqlite.ts'

/** What one act writes into the anchors: all of it or nothing. */
export class AnchorsAct {
  readonly #db: Connection

  constructor(db: Connection) {
    this.#db = db
  }

  /** Believes a file: vault.json, or one under keys/; null: it was removed. */
  pinFile(name: string, sha256: Hash | null): void {
    this.#db
      .prepare('INSERT OR REPLACE INTO pin VALUES (?, ?)')
      .run(name, sha256 === null ? null : hashBytes(sha256))
  }

  /** Allows calls to a KMS key. */
  pinArn(arn: string): void {
    this.#db.prepare('INSERT OR IGNORE INTO arn VALUES (?)').run(arn)
  }

  /** Notes an epoch that was seen; a smaller one changes nothing. */
  sawEpoch(epoch: number): void {
    this.#db.prepare('UPDATE epoch SET greatest = max(greatest, ?)').run(epoch)
  }

  setFlag(name: string, on: boolean): void {
    const sql = on ? 'INSERT OR IGNORE INTO flag VALUES (?)' : 'DELETE FROM flag WHERE name = ?'
    this.#db.prepare(sql).run(name)
  }

  /** Notes names of files under keys/, before they are written. */
  willWriteKeyFiles(names: Iterable<string>): void {
    const insert = this.#db.prepare('INSERT OR IGNORE INTO own_key_file VALUES (?)')
    for (const name of names) insert.run(name)
  }

  /** They are pinned, or removed. */
  forgetOwnKeyFiles(names: Iterable<string>): void {
    const remove = this.#db.prepare('DELETE FROM own_key_file WHERE name = ?')
    for (const name of names) remove.run(name)
  }

  /**
   * Opens the vault folder at a path: it is known from then on.
   *
   * @param stillThere those of the known paths at which the vault can be found now
   * @param newDevice the id it gets unless it has one or takes one over
   */
  enter(
    realPath: string,
    stillThere: ReadonlySet<string>,
    newDevice: DeviceId,
    nowMs: number,
  ): { readonly opening: Opening; readonly device: DeviceId } {
    const opening = openingOf(realPath, readPlaces(this.#db), stillThere)
    switch (opening.kind) {
      case 'known':
        this.#db.prepare('UPDATE place SET opened_ms = ? WHERE path = ?').run(nowMs, realPath)
        return { opening, device: opening.place.device }
      case 'moved': {
        const { path, device } = opening.from
        this.#db.prepare('UPDATE place SET path = ?, opened_ms = ? WHERE path = ?').run(realPath, nowMs, path)
        return { opening, device }
      }
      case 'copied':
      case 'first': {
        this.#db
          .prepare('INSERT INTO place (path, device, opened_ms) VALUES (?, ?, ?)')
          .run(realPath, idBytes(newDevice), nowMs)
        if (opening.kind === 'copied') this.#copyHeads(opening.from.path, realPath)
        return { opening, device: newDevice }
      }
    }
  }

  /** A path goes on as another device: it was cloned, or a rollback was accepted. What it had seen is replaced. */
  startAnew(realPath: string, device: DeviceId, heads: readonly Head[]): void {
    const place = this.#placeId(realPath)
    this.#db.prepare('UPDATE place SET device = ? WHERE id = ?').run(idBytes(device), place)
    this.#db.prepare('DELETE FROM segment WHERE place = ?').run(place)
    this.#db.prepare('DELETE FROM head WHERE place = ?').run(place)
    this.sawHeads(realPath, heads)
  }

  forgetPlace(realPath: string): void {
    this.#db.prepare('DELETE FROM place WHERE path = ?').run(realPath)
  }

  /** Notes a segment of our own, before its first append: else a kill looks like a clone. */
  addSegment(realPath: string, segment: SegmentId): void {
    this.#db
      .prepare('INSERT OR IGNORE INTO segment VALUES (?, ?)')
      .run(this.#placeId(realPath), idBytes(segment))
  }

  /**
   * Notes how far segments were seen.
   *
   * @param heads of each segment that is named all its branches. Less than was seen before changes nothing
   */
  sawHeads(realPath: string, heads: readonly Head[]): void {
    const place = this.#placeId(realPath)
    const known = Map.groupBy(readHeads(this.#db, place), ({ segment }) => segment)
    const insert = this.#db.prepare('INSERT OR IGNORE INTO head VALUES (?, ?, ?, ?, ?)')
    const remove = this.#db.prepare('DELETE FROM head WHERE place = ? AND segment = ? AND hash = ?')
    for (const [segment, now] of Map.groupBy(heads, (head) => head.segment)) {
      const before = known.get(segment) ?? []
      const reach = Math.max(...now.map(({ bytes }) => bytes))
      for (const { hash, bytes, seq } of now) {
        if (before.some((head) => head.hash === hash || head.bytes > reach)) continue
        insert.run(place, idBytes(segment), hashBytes(hash), bytes, seq)
      }
      for (const { hash, bytes } of before) {
        if (bytes > reach || now.some((head) => head.hash === hash)) continue
        remove.run(place, idBytes(segment), hashBytes(hash))
      }
    }
  }

  #copyHeads(from: string, to: string): void {
    this.#db
      .prepare('INSERT INTO head SELECT ?, segment, hash, bytes, seq FROM head WHERE place = ?')
      .run(this.#placeId(to), this.#placeId(from))
  }

  #placeId(realPath: string): number {
    const id = this.#db.prepare<[string], number>('SELECT id FROM place WHERE path = ?').pluck().get(realPath)
    return id ?? bug('anchors of a path that was not entered')
  }
}
