import type { Command } from '../protocol/command.js'
import { formatFeatures, formatLinkRefusal } from '../protocol/greeting.js'
import { misfitIn, NAMESAKE } from './admit.js'
import { connected, enter, isOlder, newCall, silenceMs, type Call } from './call.js'
import { Calls } from './calls.js'
import type { CallEvent, CallId, LinkEffect, LinkEvent } from './events.js'
import { MAX_HANG_UPS, MAX_UNPROVEN, STEP_TIMEOUT_MS } from './limits.js'
import { Live } from './live.js'
import { greetingOf, type LinkMachineOptions, type LiveCall } from './options.js'
import { Redial } from './redial.js'

/**
 * The link to one neighbour as a pure state machine: events in, effects out. It decides which connection carries the link, when to dial,
 * whether the neighbour is proxyherd, and whether it is alive. Times are milliseconds of a clock that never steps.
 *
 * A call becomes the link when it is proven: ours when the neighbour has greeted back; the neighbour's when a line has followed our greeting.
 * Until then it replaces nothing, so a call that the neighbour has given up does no harm, however late it arrives. When both sides greet at
 * the same time, both keep the call of the server with the lesser name.
 *
 * A neighbour that does not answer as proxyherd is classic: it gets no link, and its owner sends it reports in another way.
 */
export class LinkMachine {
  readonly #options: LinkMachineOptions
  readonly #calls = new Calls()
  readonly #redial: Redial
  readonly #greeting: string
  #live: Live | undefined
  /** Whether the neighbour has greeted, or must be proxyherd to have the herd key. */
  #isProxyherd: boolean
  #isClassic = false
  /** How many greetings in a row the neighbour has answered by closing the connection. */
  #hangUps = 0
  #isStopped = false
  #now = 0

  constructor(options: LinkMachineOptions) {
    this.#options = options
    this.#greeting = greetingOf(options)
    this.#isProxyherd = options.mustGreet
    this.#redial = new Redial(options.random)
  }

  /** A number for a call of the neighbour. */
  nextCall(): CallId {
    return this.#calls.nextId()
  }

  /** Undefined while the link is down. */
  get live(): LiveCall | undefined {
    return this.#live?.summary
  }

  /** Whether our call has precedence when both sides have greeted. */
  get #isOursFirst(): boolean {
    return this.#options.server < this.#options.neighbour
  }

  /** When the next `time` event is due; Infinity for never. */
  get wakeAt(): number {
    return Math.min(this.#redial.dueAt, this.#live?.beatAt ?? Infinity, this.#calls.dueAt)
  }

  /** Handles an event at a time; returns the effects to carry out. */
  step(event: LinkEvent, now: number): LinkEffect[] {
    this.#now = now
    this.#take(event)
    if (this.#redial.dueAt === Infinity && !this.#isStopped) this.#planDial()
    return this.#calls.takeEffects()
  }

  #take(event: LinkEvent): void {
    switch (event.kind) {
      case 'dial':
        if (this.#redial.isAllowed(this.#now) && !this.#live) this.#dial()
        return
      case 'time':
        this.#timePassed(event.heardAt, event.isBacklogged)
        return
      case 'stop':
        this.#isStopped = true
        this.#redial.dueAt = Infinity
        for (const call of this.#calls.others()) this.#calls.close(call)
        return
      case 'called':
        this.#called(newCall(event.call, 'neighbour', { phase: 'held', greeting: event.greeting }, this.#now))
        return
      default:
        this.#progress(this.#calls.get(event.call), event)
    }
  }

  #progress(call: Call | undefined, event: CallEvent): void {
    if (!call) return
    switch (event.kind) {
      case 'connected':
        connected(call, this.#now)
        return
      case 'ready':
        this.#ready(call)
        return
      case 'line':
        this.#line(call, event.command)
        return
      case 'halfClosed':
        this.#end(call, undefined, call.phase === 'live' ? 'flushed' : 'at once')
        return
      case 'closed':
        this.#over(call, event.why)
    }
  }

  #dial(): void {
    if (this.#calls.others().length > 0 || this.#isStopped || !this.#options.canDial()) return
    this.#redial.dialled(this.#now)
    this.#calls.dial(this.#now)
  }

  /** Schedules the next dial, or the next greeting of a classic neighbour. */
  #planDial(): void {
    if (this.#live || this.#calls.others().length > 0) return
    if (!this.#isClassic || this.#isProxyherd) this.#redial.later(this.#now)
    else if (this.#hangUps > 0) this.#redial.probeSoon(this.#now)
    else this.#redial.probeLater(this.#now)
  }

  #ready(call: Call): void {
    enter(call, 'greeting', this.#now, silenceMs(call))
    this.#calls.send(call, this.#greeting)
  }

  #called(call: Call): void {
    // If it counts as classic, it is greeted again soon, and not only in some minutes.
    if (!this.#isProxyherd) this.#redial.dueAt = Infinity
    this.#isProxyherd = true
    const waiting = this.#calls.others('neighbour')
    this.#calls.add(call)
    if (this.#isStopped) this.#calls.close(call)
    // Of two servers with the same name the later start wins; otherwise they would take the link from each other for ever.
    else if (isOlder(call, this.#live?.call)) {
      this.#calls.send(call, formatLinkRefusal(NAMESAKE))
      this.#calls.close(call, 'flushed')
    } else {
      if (waiting[0] && waiting.length === MAX_UNPROVEN) this.#calls.close(waiting[0])
      if (!this.#isOursFirst || this.#calls.inPhase('greeting')?.isSilent !== false) this.#answer(call)
    }
  }

  /** Answers the calls that have waited for ours; returns whether there were any. */
  #answerHeld(): boolean {
    const held = this.#calls.others('neighbour').filter(({ phase }) => phase === 'held')
    for (const call of held) this.#answer(call)
    return held.length > 0
  }

  #answer(call: Call): void {
    // A silent call of ours stays: the neighbour may still answer it, and until then it replaces nothing.
    for (const own of this.#calls.others('us')) if (!own.isSilent) this.#calls.close(own)
    enter(call, 'answered', this.#now, STEP_TIMEOUT_MS)
    this.#calls.send(call, this.#greeting)
  }

  #line(call: Call, command: Command): void {
    switch (call.phase) {
      case 'greeting':
        this.#greetingAnswered(call, command)
        return
      case 'answered':
        call.answerMs = this.#now - call.since
        if (isOlder(call, this.#live?.call)) this.#calls.close(call)
        else this.#goLive(call).control(command, this.#now)
        return
      case 'deferred':
        this.#goLive(call).control(command, this.#now)
        return
      case 'live':
        this.#live?.control(command, this.#now)
        return
      default:
        // The neighbour must send nothing on a call that has not been answered.
        this.#end(call, undefined)
    }
  }

  #greetingAnswered(call: Call, command: Command): void {
    if (command.kind === 'greeting') {
      const why = misfitIn(command.greeting, this.#options.neighbour)
      if (why !== undefined) this.#refused(call, why)
      else {
        this.#isProxyherd = true
        call.greeting = command.greeting
        call.answerMs = this.#now - call.since
        if (this.#isOursFirst || !this.#calls.inPhase('answered')) this.#goLive(call)
        else enter(call, 'deferred', this.#now, STEP_TIMEOUT_MS)
      }
    } else if (command.kind === 'linkRefusal') this.#refused(call, `it says ${command.why}`)
    else if (this.#options.mustGreet) this.#refused(call, 'it does not answer as proxyherd')
    else this.#answeredAsClassic(call)
  }

  /** The neighbour is proxyherd but refuses to link, so it is not classic either. */
  #refused(call: Call, why: string): void {
    this.#isProxyherd = true
    if (this.#isClassic) this.#calls.emit({ kind: 'down', why })
    this.#isClassic = false
    this.#end(call, why)
  }

  #answeredAsClassic(call: Call): void {
    this.#calls.close(call)
    this.#hangUps = 0
    // A neighbour that has greeted is proxyherd, whatever answers where we dial.
    if (this.#answerHeld()) return
    this.#isProxyherd = false
    this.#becomeClassic()
  }

  #becomeClassic(): void {
    if (!this.#isClassic) this.#calls.emit({ kind: 'classic' })
    this.#isClassic = true
  }

  #timePassed(heardAt: number, isBacklogged: boolean): void {
    for (const { id } of this.#calls.due(this.#now)) {
      // Handling one call may have ended another.
      const call = this.#calls.get(id)
      if (call) this.#due(call)
    }
    const why = this.#live?.timePassed(this.#now, heardAt, isBacklogged)
    if (this.#live && why !== undefined) this.#end(this.#live.call, why)
    if (this.#redial.dueAt > this.#now) return
    this.#redial.dueAt = Infinity
    this.#dial()
  }

  #due(call: Call): void {
    if (call.phase === 'deferred') this.#goLive(call)
    else if (call.phase === 'greeting' && !call.isSilent) {
      call.isSilent = true
      call.dueAt = call.since + STEP_TIMEOUT_MS
      this.#hangUps = 0
      if (!this.#answerHeld() && !this.#isProxyherd) this.#becomeClassic()
    } else this.#end(call, 'it does not answer')
  }

  /** Closes a call, which ends it. */
  #end(call: Call, why: string | undefined, how?: 'flushed' | 'at once'): void {
    this.#calls.close(call, how)
    this.#over(call, why)
  }

  #over(call: Call, why = 'it closed the connection'): void {
    this.#calls.delete(call)
    if (this.#live?.call === call) {
      this.#lose(this.#live, why)
      return
    }
    if (call.by === 'neighbour') {
      const own = this.#calls.inPhase('deferred')
      if (own && !this.#calls.inPhase('answered')) this.#goLive(own)
      return
    }
    if (!call.isSilent) this.#hangUps = call.phase === 'greeting' ? this.#hangUps + 1 : 0
    if (this.#answerHeld()) return
    if (this.#hangUps >= MAX_HANG_UPS && !this.#isProxyherd) this.#becomeClassic()
    // The owner of a classic neighbour finds out for itself whether it is reachable.
    if (!this.#isClassic && this.#calls.isEmpty && this.#redial.failed(why))
      this.#calls.emit({ kind: 'unreachable', why })
  }

  #goLive(call: Call): Live {
    const old = this.#live
    if (old) {
      this.#calls.close(old.call)
      this.#lose(old, 'it has connected anew')
    }
    enter(call, 'live', this.#now, Infinity)
    const live = (this.#live = new Live(call, this.#calls, this.#options.clockUs))
    this.#isClassic = false
    this.#redial.linked()
    // Its earlier calls are given up.
    for (const other of this.#calls.others())
      if (other.by === 'us' || call.by === 'us' || other.id < call.id) this.#calls.close(other)
    this.#calls.send(call, formatFeatures())
    const fits = call.greeting === undefined || call.greeting.herd === this.#options.herd
    this.#calls.emit({ kind: 'up', call: call.id, why: fits ? '' : 'its topology is not the same' })
    live.greeted(call.answerMs)
    return live
  }

  #lose({ call: { since } }: Live, why: string): void {
    this.#live = undefined
    this.#redial.lost(this.#now - since)
    this.#calls.emit({ kind: 'down', why })
  }
}
