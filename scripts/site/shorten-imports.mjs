// Gives what the wasm imports from its script one- and two-letter names, in both files.
// wasm-bindgen names every import after its function and a hash: 250 names that no compression makes small, twice.
// usage: node shorten-imports.mjs <script> <wasm>      (both are rewritten in place)
import { readFileSync, writeFileSync } from "node:fs";

const [script, wasm] = process.argv.slice(2);
const bytes = readFileSync(wasm);
let at = 8;

function number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
        const byte = bytes[at++];
        value += (byte & 127) * 2 ** shift;
        if (byte < 128) return value;
    }
}
function text() {
    const length = number();
    return bytes.toString("utf8", at, (at += length));
}
function encoded(value) {
    const out = [];
    for (; value > 127; value = Math.floor(value / 128)) out.push((value % 128) + 128);
    return Buffer.from([...out, value]);
}
const sized = (content) => Buffer.concat([encoded(content.length), content]);

/** Where an import's type begins and ends (WebAssembly core specification, section 5.5.5). */
function type() {
    const start = at;
    const kind = bytes[at++];
    const limits = () => { const flags = number(); number(); if (flags & 1) number(); };
    if (kind === 0) number();
    else if (kind === 1) { at++; limits(); }
    else if (kind === 2) limits();
    else if (kind === 3) at += 2;
    else if (kind === 4) { at++; number(); }
    else throw new Error(`an import of unknown kind ${kind}`);
    return bytes.subarray(start, at);
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const shorter = (i) => (i < letters.length ? "" : letters[Math.floor(i / letters.length) - 1]) + letters[i % letters.length];

let code = readFileSync(script, "utf8");
const parts = [bytes.subarray(0, 8)];
let renamed = 0;
while (at < bytes.length) {
    const start = at;
    const id = bytes[at++];
    const length = number();
    const end = at + length;
    if (id === 2) {
        const count = number();
        const imports = [encoded(count)];
        for (let i = 0; i < count; i++) {
            const module = text();
            const name = text();
            const key = new RegExp(`(?<![\\w$])${name}(?=:\\s*function|\\(|:)`, "g");
            if (code.match(key)?.length !== 1) throw new Error(`${name} is not in the script exactly once`);
            const short = shorter(renamed++);
            code = code.replace(key, short);
            imports.push(sized(Buffer.from(module)), sized(Buffer.from(short)), type());
        }
        parts.push(Buffer.from([2]), sized(Buffer.concat(imports)));
    } else {
        parts.push(bytes.subarray(start, end));
    }
    at = end;
}
writeFileSync(script, code);
writeFileSync(wasm, Buffer.concat(parts));
