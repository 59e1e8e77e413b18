/**
 * The three functions of `keytar` that are used. It is an optional dependency, absent where it could not be
 * built, so its types can't come from it. `findCredentials` is left out on purpose: it can crash the process.
 */
declare module 'keytar' {
  export type Keytar = {
    getPassword(service: string, account: string): Promise<string | null>
    setPassword(service: string, account: string, password: string): Promise<void>
    deletePassword(service: string, account: string): Promise<boolean>
  }
  const keytar: Keytar
  export default keytar
}
