/** A refusal as AWS words it: the SDK sees its name, the client its words. */
export class AwsRefusal extends Error {
  readonly type: string
  readonly status: number

  constructor(type: string, message: string, status = 400) {
    super(message)
    this.type = type
    this.status = status
  }
}

export const refuse = (type: string, message: string, status?: number): never => {
  throw new AwsRefusal(type, message, status)
}

/** JSON of a request or an answer. */
export type Json = Readonly<Record<string, unknown>>

export const textIn = (json: Json, name: string): string | undefined => {
  const value = json[name]
  return typeof value === 'string' ? value : undefined
}

export const pairsIn = (json: Json, name: string): Readonly<Record<string, string>> => {
  const value = json[name]
  if (typeof value !== 'object' || value === null) return {}
  return Object.fromEntries(Object.entries(value).filter(([, text]) => typeof text === 'string'))
}

export function parseJson(text: string): Json {
  const parsed: unknown = JSON.parse(text === '' || text === 'null' ? '{}' : text)
  return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {}
}
