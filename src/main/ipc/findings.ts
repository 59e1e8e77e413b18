import type { Health, HealthFinding } from '../contract/ipc/health-nouns.ts'
import { displayText } from '../files/index.ts'
import type { CheckReport } from '../vault/index.ts'

const NOTHING: Health = { checkedMs: null, readData: false, findings: 0, notes: 0 }

/** What the last check of the open vault found, for as long as it is open. */
export class Findings {
  #health: Health = NOTHING
  #findings: readonly HealthFinding[] = []

  get health(): Health {
    return this.#health
  }

  keep(report: CheckReport, readData: boolean): void {
    this.#findings = [
      ...report.findings.map(({ kind, item, path, message, remedy }): HealthFinding => {
        return { kind, weight: 'finding', item, path: displayText(path), text: displayText(message), remedy }
      }),
      ...report.notes.map(({ kind, path, message }): HealthFinding => {
        return {
          kind,
          weight: 'note',
          item: null,
          path: displayText(path),
          text: displayText(message),
          remedy: '',
        }
      }),
    ]
    const findings = report.findings.length
    this.#health = { checkedMs: Date.now(), readData, findings, notes: report.notes.length }
  }

  window(from: number, count: number) {
    return { total: this.#findings.length, findings: this.#findings.slice(from, from + count) }
  }

  clear(): void {
    this.#findings = []
    this.#health = NOTHING
  }
}
