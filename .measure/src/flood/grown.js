/** An array of at least so many elements: the same one, or a copy that is half as large again. */
export function grown(array, length) {
    if (length <= array.length)
        return array;
    const { constructor } = array;
    const larger = new constructor(Math.max(length, Math.ceil(array.length * 1.5)));
    larger.set(array);
    return larger;
}
