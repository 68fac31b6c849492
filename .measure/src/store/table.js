import { crc32c } from './crc32c.js';
const FOOTER_BYTES = 48;
/** The end of every table that was finished. */
const MAGIC = Buffer.from('57fb808b247547db', 'hex');
/**
 * Whether a table file of LevelDB, without compression, is not as it was written: behind each block stand its type and a checksum. LevelDB
 * does not check these when it is used from Node, and then damage makes it lose reports in silence or end the process. A table without
 * an end is not damaged: a process that was killed leaves one, and LevelDB removes it, or says so if it should be whole.
 * The form is that of `doc/table_format.md` of LevelDB.
 */
export function isDamaged(table) {
    if (!table.subarray(-MAGIC.length).equals(MAGIC))
        return false;
    try {
        const cursor = { bytes: table, at: table.length - FOOTER_BYTES };
        for (const list of [readHandle(cursor), readHandle(cursor)])
            for (const handle of handlesIn(blockAt(table, list)))
                blockAt(table, handle);
        return false;
    }
    catch {
        // Beyond its end a Buffer throws.
        return true;
    }
}
/** The content of a block; throws if it is not as it was written. */
function blockAt(table, { offset, size }) {
    const checksum = table.readUInt32LE(offset + size + 1);
    if (masked(crc32c(table.subarray(offset, offset + size + 1))) !== checksum)
        throw new Error('wrong checksum');
    return table.subarray(offset, offset + size);
}
/** LevelDB keeps a checksum rotated and shifted, because checksums of bytes that hold checksums are weak. */
function masked(checksum) {
    return (((checksum >>> 15) | (checksum << 17)) + 0xa282ead8) >>> 0;
}
/** The handles that a block lists: each entry is a shortened key and a handle. */
function handlesIn(block) {
    const restarts = block.readUInt32LE(block.length - 4);
    const end = block.length - 4 * (restarts + 1);
    const handles = [];
    const cursor = { bytes: block, at: 0 };
    while (cursor.at < end) {
        readNumber(cursor);
        const keyBytes = readNumber(cursor);
        readNumber(cursor);
        cursor.at += keyBytes;
        handles.push(readHandle(cursor));
    }
    return handles;
}
function readHandle(cursor) {
    return { offset: readNumber(cursor), size: readNumber(cursor) };
}
/** Seven bits a byte, the lowest first; the eighth says that more follow. */
function readNumber(cursor) {
    let number = 0;
    let factor = 1;
    let byte;
    do {
        byte = cursor.bytes.readUInt8(cursor.at);
        cursor.at += 1;
        number += (byte % 128) * factor;
        factor *= 128;
    } while (byte >= 128);
    return number;
}
