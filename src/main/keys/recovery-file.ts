import { writeBase64, writeCanonicalJson } from '../base/index.ts'
import type { RecoveryKeyId } from '../contract/ids.ts'
import { writeKeyFileName } from './key-file-names.ts'
import { FORMAT, parseMembers } from './members.ts'
import { POINT_BYTES, type Point, parsePoint } from './p256.ts'

/**
 * keys/recovery/<recovery key id>.json, the public point of a recovery code (docs/format.md §3):
 *
 *     { "createdMs", "format", "point" }      point: 04 ‖ x 32 ‖ y 32, on P-256
 */
export type RecoveryFile = {
  readonly id: RecoveryKeyId
  readonly point: Point
  readonly createdMs: number
}

export function writeRecoveryFile({ point, createdMs }: RecoveryFile): Uint8Array<ArrayBuffer> {
  return writeCanonicalJson({ format: FORMAT, point: writeBase64(point), createdMs })
}

/** @throws KEYS_FILE_DAMAGED (also a point off the curve) · VAULT_UNSUPPORTED */
export function parseRecoveryFile(id: RecoveryKeyId, bytes: Uint8Array): RecoveryFile {
  return parseMembers(writeKeyFileName({ kind: 'recovery', recoveryKeyId: id }), bytes, (members) => {
    const point = parsePoint(members.bytes('point', POINT_BYTES))
    const createdMs = members.uint('createdMs')
    return { id, createdMs, point: point ?? members.refuse('holds a point that is not on the curve') }
  })
}
