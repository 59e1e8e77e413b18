import type { ByteReader, Part } from '../base/index.ts'

/**
 * An encrypted data key (docs/format.md §1.3): the message's data key, wrapped by one wrapping key.
 *
 *     length u16 ‖ provider id ‖ length u16 ‖ provider info ‖ length u16 ‖ ciphertext
 */
export type Edk = {
  readonly providerId: Uint8Array
  readonly providerInfo: Uint8Array
  readonly ciphertext: Uint8Array
}

export function parseEdk(reader: ByteReader): Edk {
  const providerId = reader.bytes(reader.u16())
  const providerInfo = reader.bytes(reader.u16())
  const ciphertext = reader.bytes(reader.u16())
  return { providerId, providerInfo, ciphertext }
}

export function writeEdk(edk: Edk): readonly Part[] {
  return [edk.providerId, edk.providerInfo, edk.ciphertext].flatMap((field) => [{ u16: field.length }, field])
}
