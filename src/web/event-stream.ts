import type { ServerResponse } from 'node:http'
import type { Watch, WatchEvent } from '../near/watch.js'
import type { WatchReader, WatchStream } from '../server/watch-streams.js'
import { formatEvent, formatPosition } from './event-text.js'
import { COMMENT_MS, STREAM_RETRY_MS, STREAM_STALLED_MS } from './http-limits.js'
import type { WebRequest } from './web-route.js'

/** Says that the connection is alive. */
const COMMENT = ':\n\n'

/**
 * Sends events until the connection is closed or the server stops. While the reader does not read, nothing more is written: what changes waits as
 * clients, not as text.
 */
export class EventStream implements WatchReader {
  readonly #response: ServerResponse
  readonly #requests: WebRequest['requests']
  readonly #stream: WatchStream
  readonly #timer: NodeJS.Timeout
  /** The position that the reader was sent last. */
  #sent: number | undefined

  constructor(
    response: ServerResponse,
    { requests, signal }: Pick<WebRequest, 'requests' | 'signal'>,
    watch: Watch,
    commentMs = COMMENT_MS,
  ) {
    this.#response = response
    this.#requests = requests
    response.socket?.setTimeout(STREAM_STALLED_MS)
    response.write(`retry: ${STREAM_RETRY_MS}\n\n`)
    this.#stream = requests.watches.open(watch, this)
    this.#stream.resume()
    this.#timer = setInterval(() => {
      this.#comment()
    }, commentMs)
    response.on('drain', () => {
      this.#stream.resume()
    })
    const end = (): void => {
      clearInterval(this.#timer)
      this.#stream.end()
      response.end()
    }
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  }

  send(events: readonly WatchEvent[]): boolean {
    const source = this.#requests
    let text = ''
    for (const event of events) {
      text += formatEvent(event, source)
      this.#sent = event.position
    }
    return this.#response.write(text + this.#newPosition())
  }

  #comment(): void {
    if (!this.#response.writableNeedDrain) this.#response.write(this.#newPosition() || COMMENT)
  }

  /** Tells the reader how far it has got, also when nothing has changed that it watches. */
  #newPosition(): string {
    const { position } = this.#stream
    if (position === undefined || position === this.#sent) return ''
    this.#sent = position
    return formatPosition(this.#requests.run, position)
  }
}
