/** The state of the stream, as the broker reports it. */
export interface StreamState {
  /** Distinguishes this stream from an earlier one of the same name: when it was created. */
  readonly identity: string
  /** The number of the message that was stored last; 0 if none was. */
  readonly last: number
  /** How many messages it holds. */
  readonly messages: number
}

/** What a carrier asks of a broker. */
export interface Broker {
  /** Connects, and receives live messages from then on. Rejects with a BrokerError if that fails. */
  connect(events: BrokerEvents): Promise<BrokerConnection>
}

/** What happens on a connection to a broker. */
export interface BrokerEvents {
  /** A live message of another carrier. The message is valid during the call only. */
  received(subject: string, message: Uint8Array): void
  /** The stream has stored a message, or refused it. */
  confirmed(number: number, refusal: string | undefined): void
  /** The connection has ended. */
  closed(why: string): void
}

export interface BrokerConnection {
  /** Publishes a message. With a number, the stream confirms it. */
  publish(subject: string, message: Uint8Array, number?: number): void
  /** Resolves when everything published so far has arrived at the broker. Rejects if the connection ends first. */
  flush(): Promise<void>
  /** Returns the state of the stream, which is created if there is none. Rejects with a BrokerError if it cannot be used. */
  inspect(): Promise<StreamState>
  /**
   * Reads the messages of the stream with the numbers `from` to `to`. Calls `onMessage` with each, valid during the call only. Rejects with a
   * BrokerError if that fails.
   */
  read(
    from: number,
    to: number,
    onMessage: (number: number, subject: string, message: Uint8Array) => void,
  ): Promise<void>
  /** Closes the connection, after everything published has been sent. No event follows. */
  close(): Promise<void>
}

/** A failure of the broker, in words that follow its name. */
export class BrokerError extends Error {}
