import type { AnswerCache } from './answer-cache.js'
import type { CallPace } from './call-pace.js'
import { readPlaces, type PlacesText } from './places-text.js'
import { PlacesError, type PlacesProvider, type PlacesQuery } from './provider.js'
import { RoundRobin } from './round-robin.js'

/**
 * The most concurrent calls of a process, unless the provider has a smaller limit: enough to hide a slow service, few enough not to look
 * like an attack.
 */
export const MAX_CALLS = 64

/** The most waiting calls: with a service that takes 0.3 s, about as many as can be done within the timeout. */
export const MAX_WAITING_CALLS = 1_024

/** A look-up that may need a call. */
export interface CallRequest {
  /** Whoever asks: all owners are served in turn. */
  readonly owner: object
  readonly query: PlacesQuery
  /** Equal for equal queries. */
  readonly key: string
  /** Called when a call that was made for this request has ended; `fault` is undefined if it succeeded. */
  readonly ended: (fault?: PlacesError) => void
}

interface Call extends CallRequest {
  readonly deadline: number
  readonly timer: NodeJS.Timeout
  readonly controller: AbortController
  readonly resolve: (places: PlacesText) => void
  readonly reject: (fault: PlacesError) => void
  tries: number
  /** Why the last try failed, while the call waits for the next. */
  fault: PlacesError | undefined
  /** Later calls with the same query, which share the outcome. */
  readonly sharers: Call[]
}

/** Calls a provider for many owners in turn, within its limits. Equal queries in progress share a call. */
export class CallQueue {
  readonly #provider: PlacesProvider
  readonly #pace: CallPace
  readonly #cache: AnswerCache
  readonly #timeoutMs: number
  readonly #waiting = new RoundRobin<Call>()
  /** Calls that failed and are tried again, before any other. */
  readonly #again = new Set<Call>()
  /** The calls that were tried at least once, by their keys. */
  readonly #started = new Map<string, Call>()
  #running = 0
  #timer: NodeJS.Timeout | undefined

  /** A call that takes longer than `timeoutMs`, with all waiting, fails. */
  constructor(provider: PlacesProvider, pace: CallPace, cache: AnswerCache, timeoutMs: number) {
    this.#provider = provider
    this.#pace = pace
    this.#cache = cache
    this.#timeoutMs = timeoutMs
  }

  /** The answer to a request, which is also put into the cache. Rejects with a PlacesError. */
  ask(request: CallRequest): Promise<PlacesText> {
    return new Promise((resolve, reject) => {
      const call: Call = {
        ...request,
        deadline: performance.now() + this.#timeoutMs,
        timer: setTimeout(() => {
          this.#timeOut(call)
        }, this.#timeoutMs),
        controller: new AbortController(),
        resolve,
        reject,
        tries: 0,
        fault: undefined,
        sharers: [],
      }
      this.#waiting.add(request.owner, call)
      this.#startCalls()
      if (this.#waiting.size <= MAX_WAITING_CALLS) return
      // The owner with the most waiting calls loses one, so that a crowd of calls fails nobody else's.
      const surplus = this.#waiting.takeFromLongest() as Call
      this.#fail(surplus, new PlacesError('was not asked: too many place look-ups at once'))
    })
  }

  /** Drops the waiting calls of an owner: their promises stay pending. */
  forget(owner: object): void {
    for (const { timer } of this.#waiting.takeAllOf(owner)) clearTimeout(timer)
  }

  #startCalls(): void {
    clearTimeout(this.#timer)
    const maxCalls = this.#provider.maxCalls ?? MAX_CALLS
    while (this.#running < maxCalls) {
      const { waitMs } = this.#pace
      if (waitMs > 0) this.#failAfter(performance.now() + waitMs)
      if (this.#again.size + this.#waiting.size === 0) return
      if (waitMs > 0) {
        this.#timer = setTimeout(() => {
          this.#startCalls()
        }, waitMs)
        return
      }
      const [again] = this.#again
      this.#start(again ?? (this.#waiting.take() as Call))
    }
  }

  #start(call: Call): void {
    const started = this.#started.get(call.key)
    if (started && started !== call) {
      started.sharers.push(call)
      return
    }
    this.#again.delete(call)
    this.#started.set(call.key, call)
    this.#running += 1
    this.#pace.spend()
    call.tries += 1
    call.fault = undefined
    void this.#try(call).finally(() => {
      this.#running -= 1
      this.#startCalls()
    })
  }

  async #try(call: Call): Promise<void> {
    const { query, controller } = call
    try {
      const answer = await this.#provider.nearby(query, controller.signal)
      this.#succeed(call, readPlaces(answer))
    } catch (error) {
      // The message of any other error may contain the URL with the key.
      this.#failTry(call, error instanceof PlacesError ? error : new PlacesError('failed'))
    }
  }

  /** A call may be tried again, but not while the service wants a pause, and not when its time is up. */
  #failTry(call: Call, fault: PlacesError): void {
    const { retry } = fault
    if (retry) this.#pace.pause(retry.afterMs, fault.message)
    if (call.controller.signal.aborted) return
    if (!retry || call.tries >= retry.maxTries) {
      this.#fail(call, fault)
      return
    }
    call.fault = fault
    this.#again.add(call)
  }

  #succeed(call: Call, places: PlacesText): void {
    this.#cache.set(call.key, places)
    // The time of a call may be up while its answer is being read.
    if (!call.controller.signal.aborted) call.ended()
    const others = this.#waiting.takeAll(({ key }) => key === call.key)
    for (const each of [...this.#end(call), ...others]) {
      clearTimeout(each.timer)
      each.resolve(places)
    }
  }

  #fail(call: Call, fault: PlacesError): void {
    call.ended(fault)
    for (const each of this.#end(call)) {
      clearTimeout(each.timer)
      each.reject(fault)
    }
  }

  /** Ends a call. Returns it and those that share its outcome. */
  #end(call: Call): Call[] {
    this.#again.delete(call)
    if (this.#started.get(call.key) === call) this.#started.delete(call.key)
    return [call, ...call.sharers]
  }

  /** Fails the calls that cannot be made before their time is up. */
  #failAfter(time: number): void {
    const isTooLate = ({ deadline }: Call): boolean => deadline <= time
    const failed = [...[...this.#again].filter(isTooLate), ...this.#waiting.takeAll(isTooLate)]
    for (const call of failed) this.#fail(call, call.fault ?? new PlacesError(this.#pace.why))
  }

  #timeOut(call: Call): void {
    // A call that waits for the pace of the service never gets here: it fails as soon as it is clear that its turn comes too late.
    this.#waiting.takeAll((other) => other === call)
    // First the reason, because aborting makes the call fail too.
    this.#fail(call, new PlacesError(`gave no answer within ${this.#timeoutMs / 1_000} s`))
    call.controller.abort()
  }
}
