import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { AwsRefusal, type Json, parseJson, refuse, textIn } from './answers.ts'
import { ALL_OF_KMS, type Caller, Callers, NO_AWS_OF_OURS, regionOf } from './callers.ts'
import { type Fault, Faults, type GateCall, type When } from './faults.ts'
import { GateKey } from './key-state.ts'
import { amended, contextOf, keyIdInBlob, OWN } from './operations.ts'
import { type Policy, whyDenied, whyDeniedByIam } from './policy.ts'
import { type SeenCall, trailEvent } from './trail.ts'

/**
 * A proxy before moto that does what AWS does and moto doesn't: callers with rights of their own, key policies and
 * grants, key states, key material ids and rotation, DryRun, a KeyId that must fit. It makes faults happen, and keeps
 * a record of every call. What only it showed is the gate's word, not AWS's: titles of such tests say "gate".
 */
export type GateOptions = { readonly motoUrl: string; readonly region?: string; readonly port?: number }
export type NewKey = {
  readonly alias?: string
  readonly policy?: Policy
  readonly region?: string
  readonly spec?: string
  readonly usage?: string
}

/** The error of a call that never reached KMS: CloudTrail knows nothing of it. */
const NO_ANSWER = 'NoAnswer'
const NAMES_NO_KEY = /^(?:CreateKey|ListKeys|GenerateRandom)$/

type Pending = {
  call: GateCall
  arn: string | undefined
  keyMaterialId: string | undefined
  readonly requestId: string
  readonly region: string
  readonly caller: Caller
}

export class Gate implements AsyncDisposable {
  readonly callers = new Callers()
  readonly admin: Caller
  readonly calls: SeenCall[] = []
  readonly faults = new Faults()
  /** Most calls that were under way at one time. */
  peak = 0
  #open = 0
  readonly #keys = new Map<string, GateKey>()
  readonly #motoUrl: string
  readonly #region: string
  readonly #server: Server

  private constructor({ motoUrl, region = 'eu-central-1' }: GateOptions) {
    this.#motoUrl = motoUrl
    this.#region = region
    this.admin = this.callers.add('admin', ALL_OF_KMS)
    this.#server = createServer((request, response) => {
      this.#open += 1
      this.peak = Math.max(this.peak, this.#open)
      response.once('close', () => {
        this.#open -= 1
      })
      this.#answer(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error))
      })
    })
  }

  static async start(options: GateOptions): Promise<Gate> {
    const gate = new Gate(options)
    await new Promise<void>((resolve) => gate.#server.listen(options.port ?? 0, '127.0.0.1', resolve))
    return gate
  }

  get url(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the gate has no port')
    return `http://127.0.0.1:${address.port}`
  }

  /** Somebody else, with IAM rights of their own; `Role/session` is a role's session. */
  caller(name: string, iam: Policy = ALL_OF_KMS, account?: string): Caller {
    return this.callers.add(name, iam, account)
  }

  /** The environment of a program that calls as somebody: `{ ...process.env, ...gate.env() }`. */
  env(caller: Caller = this.admin): Readonly<Record<string, string>> {
    return {
      ...NO_AWS_OF_OURS,
      AWS_ENDPOINT_URL_KMS: this.url,
      AWS_REGION: this.#region,
      AWS_ACCESS_KEY_ID: caller.accessKeyId,
      AWS_SECRET_ACCESS_KEY: 'not-checked',
    }
  }

  /** Makes this process call KMS as somebody from now on. */
  actAs(caller: Caller = this.admin): void {
    Object.assign(process.env, this.env(caller))
  }

  async createKey({ alias, policy, region = this.#region, spec, usage }: NewKey = {}): Promise<GateKey> {
    const request = {
      KeySpec: spec ?? 'SYMMETRIC_DEFAULT',
      KeyUsage: usage ?? 'ENCRYPT_DECRYPT',
      MultiRegion: false,
    }
    const made = await this.#forward('CreateKey', request, region)
    const arn = textIn(parseJson(JSON.stringify(made.KeyMetadata)), 'Arn') ?? ''
    if (alias !== undefined)
      await this.#forward('CreateAlias', { AliasName: alias, TargetKeyId: arn }, region)
    const key = new GateKey(arn, policy)
    this.#keys.set(arn, key)
    return key
  }

  async moveAlias(alias: string, key: GateKey): Promise<void> {
    await this.#forward('UpdateAlias', { AliasName: alias, TargetKeyId: key.arn }, this.#region)
  }

  async deleteAlias(alias: string): Promise<void> {
    await this.#forward('DeleteAlias', { AliasName: alias }, this.#region)
  }

  /** Makes something go wrong. @returns lifts it */
  fault(when: When | string, fault: Fault): () => void {
    return this.faults.add(typeof when === 'string' ? { operation: when } : when, fault)
  }

  /** The names of the calls so far. */
  get operations(): readonly string[] {
    return this.calls.map(({ operation }) => operation)
  }

  /** CloudTrail's log of the calls so far. */
  trail(): { readonly Records: readonly Readonly<Record<string, unknown>>[] } {
    return { Records: this.calls.filter(({ error }) => error !== NO_ANSWER).map(trailEvent) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const operation = String(request.headers['x-amz-target'] ?? '').replace('TrentService.', '')
    const requestId = randomUUID()
    response.setHeader('x-amzn-requestid', requestId)
    response.setHeader('content-type', 'application/x-amz-json-1.1')
    const body = parseJson(await textOf(request))
    const { authorization } = request.headers
    let pending: Pending | undefined
    try {
      const caller = this.callers.who(authorization)
      const call = callIn(operation, body, caller)
      pending = {
        call,
        arn: undefined,
        keyMaterialId: undefined,
        requestId,
        region: regionOf(authorization),
        caller,
      }
      const fault = this.faults.strike(call)
      if (fault?.kind === 'hang' || (fault?.kind === 'reset' && fault.after !== true)) {
        this.#seen(pending, new AwsRefusal(NO_ANSWER, fault.kind))
        return fault.kind === 'hang' ? undefined : cut(request)
      }
      if (fault?.kind === 'refuse') {
        const { type = 'AccessDeniedException', message = 'Refused by the test.', status } = fault
        refuse(type, message, status)
      }
      if (fault?.kind === 'delay') await sleep(fault.ms)
      const answer = await this.#perform(pending)
      this.#seen(pending)
      if (fault?.kind === 'reset') return cut(request)
      response.end(JSON.stringify(fault?.kind === 'lie' ? fault.answer(answer) : answer))
    } catch (error) {
      if (!(error instanceof AwsRefusal)) throw error
      if (pending !== undefined) this.#seen(pending, error)
      response.writeHead(error.status, { 'x-amzn-errortype': error.type })
      response.end(JSON.stringify({ __type: error.type, message: error.message }))
    }
  }

  #seen({ call, arn, requestId, region, caller, keyMaterialId }: Pending, error?: AwsRefusal): void {
    this.calls.push({
      ...call,
      requestId,
      atMs: Date.now(),
      region,
      arn,
      accessKeyId: caller.accessKeyId,
      error: error?.type,
      errorMessage: error?.message,
      keyMaterialId,
    })
  }

  async #perform(pending: Pending): Promise<Json> {
    const { call, region, caller } = pending
    const { operation, body } = call
    const named = operation === 'ReEncrypt' ? textIn(body, 'DestinationKeyId') : call.key
    if (NAMES_NO_KEY.test(operation) || named === undefined) {
      const action = `kms:${operation}`
      deny(whyDeniedByIam(caller.iam, action, caller.arn), caller, action, '*')
      return await this.#forward(operation, body, region)
    }
    const key = await this.#keyNamed(named, region)
    const source = operation === 'ReEncrypt' ? await this.#keyNamed(call.key ?? '', region) : undefined
    pending.arn = (source ?? key).arn
    if (source !== undefined) this.#demandMay(pending, source, 'kms:ReEncryptFrom')
    this.#demandMay(pending, key, source === undefined ? `kms:${operation}` : 'kms:ReEncryptTo')
    source?.demandState(operation)
    key.demandState(operation)
    if (body.DryRun === true) refuse('DryRunOperationException', 'The request would have succeeded.', 412)
    demandBlob(operation, source ?? key, body)
    const own = OWN[operation]
    if (own !== undefined) return own(key, body, caller.arn)
    const answer = amended(operation, key, source, body, await this.#forward(operation, body, region))
    pending.keyMaterialId = textIn(answer, 'KeyMaterialId') ?? textIn(answer, 'DestinationKeyMaterialId')
    return answer
  }

  #demandMay({ call, caller }: Pending, key: GateKey, action: string): void {
    const { policy: keyPolicy, grants, arn: keyArn } = key
    const { iam, arn: principal } = caller
    const question = { principal, action, keyArn, context: call.context, keyPolicy, iam, grants }
    deny(whyDenied(question), caller, action, keyArn)
  }

  /** The key that a name stands for, in the region that was asked. */
  async #keyNamed(name: string, region: string): Promise<GateKey> {
    const inArn = name.startsWith('arn:') ? name.split(':')[3] : region
    if (inArn !== region) refuse('NotFoundException', `Invalid arn ${region}`)
    const known = this.#keys.get(name)
    if (known !== undefined) return known
    const { KeyMetadata: metadata } = await this.#forward('DescribeKey', { KeyId: name }, region)
    const arn = textIn(parseJson(JSON.stringify(metadata)), 'Arn') ?? ''
    const key = this.#keys.get(arn) ?? new GateKey(arn)
    this.#keys.set(arn, key)
    return key
  }

  async #forward(operation: string, body: Json, region: string): Promise<Json> {
    const reply = await fetch(this.#motoUrl, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `TrentService.${operation}`,
        authorization: `AWS4-HMAC-SHA256 Credential=gate/20260101/${region}/kms/aws4_request`,
      },
    })
    const text = await reply.text()
    if (reply.status >= 500) throw new Error(`moto failed at ${operation}: ${text}`)
    const answer = parseJson(text)
    if (reply.ok) return answer
    return refuse(textIn(answer, '__type') ?? 'Unknown', textIn(answer, 'message') ?? text, reply.status)
  }
}

function callIn(operation: string, body: Json, caller: Caller): GateCall {
  const key = textIn(body, 'SourceKeyId') ?? textIn(body, 'KeyId') ?? textIn(body, 'TargetKeyId')
  return { operation, key, context: contextOf(operation, body), principal: caller.arn, body }
}

function deny(why: string | undefined, caller: Caller, action: string, resource: string): void {
  if (why === undefined) return
  const text = `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource} ${why}`
  refuse('AccessDeniedException', text)
}

/** What was wrapped by another key than the one named is refused as such; moto would open it. */
function demandBlob(operation: string, key: GateKey, body: Json): void {
  if (operation !== 'Decrypt' && operation !== 'ReEncrypt') return
  if (key.arn.endsWith(`/${keyIdInBlob(textIn(body, 'CiphertextBlob') ?? '')}`)) return
  refuse(
    'IncorrectKeyException',
    'The key ID in the request does not identify a CMK that can perform this operation.',
  )
}

const cut = (request: IncomingMessage): void => {
  request.socket.destroy()
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString()
}
