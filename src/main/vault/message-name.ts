import { parseId, type VersionId } from '../contract/ids.ts'

const MESSAGE = /^items\/([0-9a-f]{2})\/([0-9a-f]{32})\.sealed$/

/** Where the message of a version lies, from the vault's folder. */
export function messageName(version: VersionId): string {
  return `items/${version.slice(0, 2)}/${version}.sealed`
}

/** The version whose message has this name; undefined for any other name. */
export function versionOfMessage(name: string): VersionId | undefined {
  const [, folder, version = ''] = MESSAGE.exec(name) ?? []
  return version.slice(0, 2) === folder ? parseId<VersionId>(version) : undefined
}
