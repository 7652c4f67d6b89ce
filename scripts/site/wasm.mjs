// Just enough of the WebAssembly binary format (core specification, section 5) to rewrite single sections.

export class Reader {
    constructor(bytes) {
        this.bytes = bytes;
        this.at = 0;
    }
    number() {
        let value = 0;
        for (let shift = 0; ; shift += 7) {
            const byte = this.bytes[this.at++];
            value += (byte & 127) * 2 ** shift;
            if (byte < 128) return value;
        }
    }
    text() {
        const length = this.number();
        return this.bytes.toString("utf8", this.at, (this.at += length));
    }
}

export function encoded(value) {
    const out = [];
    for (; value > 127; value = Math.floor(value / 128)) out.push((value % 128) + 128);
    return Buffer.from([...out, value]);
}
export const sized = (content) => Buffer.concat([encoded(content.length), content]);

/** The module with the section of this id as `rewrite` makes it; `rewrite` reads it and returns its new content. */
export function withSection(bytes, id, rewrite) {
    const reader = new Reader(bytes);
    reader.at = 8;
    const parts = [bytes.subarray(0, 8)];
    while (reader.at < bytes.length) {
        const start = reader.at++;
        const length = reader.number();
        const end = reader.at + length;
        parts.push(bytes[start] === id ? Buffer.concat([Buffer.from([id]), sized(rewrite(reader))]) : bytes.subarray(start, end));
        reader.at = end;
    }
    return Buffer.concat(parts);
}
