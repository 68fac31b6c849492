import { crc32 } from 'node:zlib';
import { copyBytes } from '../protocol/bytes.js';
import { parseCommand } from '../protocol/command.js';
import { LineReader } from '../protocol/lines.js';
import { MAX_REPORT_BYTES } from '../protocol/report.js';
const CHECKSUM_BYTES = 4;
/**
 * Makes the record of a report. When LevelDB repairs its files it checks no checksums, and a flipped bit can make another position that is
 * just as valid: hence ours.
 */
export function toRecord({ bytes, start, client, position, end }) {
    const value = values.room(CHECKSUM_BYTES + end - start);
    copyBytes(bytes, start, end, value, CHECKSUM_BYTES);
    const checksum = crc32(bytes.subarray(start, end));
    value.writeUInt32LE(checksum);
    const key = keys.room(position - 1 - client);
    copyBytes(bytes, client, position - 1, key, 0);
    return { key, value };
}
/** The report in the value of a record; undefined if the record is damaged. */
export function fromRecord(value) {
    const line = value.subarray(CHECKSUM_BYTES);
    if (value.length < CHECKSUM_BYTES || value.readUInt32LE() !== crc32(line))
        return undefined;
    const reader = new LineReader(Infinity);
    reader.push(line);
    reader.finish();
    const command = reader.next() ? parseCommand(reader) : undefined;
    return command?.kind === 'at' ? command.report : undefined;
}
/** The same memory again and again, as long as it is asked for: to make a buffer takes longer than to fill it with a report. */
class Rooms {
    #memory = Buffer.alloc(CHECKSUM_BYTES + MAX_REPORT_BYTES);
    #rooms = [];
    room(bytes) {
        return (this.#rooms[bytes] ??= this.#memory.subarray(0, bytes));
    }
}
const keys = new Rooms();
const values = new Rooms();
