import { BatchTable } from './batch-table.ts'
import { KnownTable } from './known-table.ts'
import { Numbers } from './numbers.ts'
import { PageTable } from './page-table.ts'
import { BinnedTable, DisplacedTable, PlaceTable } from './place-tables.ts'
import type { PrivateColumns } from './private-columns.ts'
import { RegisterTable } from './register-table.ts'
import { ShapeTable } from './shape-table.ts'
import type { Connection } from './sqlite.ts'
import { StrayKeyTable } from './stray-key-table.ts'
import { WitnessTable } from './witness-table.ts'

/** The tables of index.db over one connection, their statements prepared. */
export class IndexTables {
  readonly db: Connection
  readonly columns: PrivateColumns
  readonly batches: BatchTable
  readonly shapes: ShapeTable
  readonly numbers: Numbers
  readonly pages: PageTable
  readonly members: PlaceTable
  readonly numbered: PlaceTable
  readonly displaced: DisplacedTable
  readonly binned: BinnedTable
  readonly strays: StrayKeyTable
  readonly registers: RegisterTable
  readonly witnesses: WitnessTable
  readonly known: KnownTable

  constructor(db: Connection, columns: PrivateColumns) {
    this.db = db
    this.columns = columns
    this.batches = new BatchTable(db, columns)
    this.shapes = new ShapeTable(db, columns)
    this.numbers = new Numbers(db)
    this.pages = new PageTable(db, columns)
    this.members = new PlaceTable(db, 'member')
    this.numbered = new PlaceTable(db, 'numbered')
    this.displaced = new DisplacedTable(db)
    this.binned = new BinnedTable(db)
    this.strays = new StrayKeyTable(db, columns, this)
    this.registers = new RegisterTable(db, columns, this.batches)
    this.witnesses = new WitnessTable(db, columns, this.batches)
    this.known = new KnownTable(db, columns)
  }

  /** Drops what is remembered of the tables: another connection may have changed them, or it was taken back. */
  forget(): void {
    this.batches.forget()
    this.shapes.forget()
    this.numbers.forget()
  }
}
