// Gives what the wasm imports from its script one- and two-letter names, in both files, and takes out of the script what the
// wasm no longer imports. wasm-bindgen names every import after its function and a hash: 250 names that no compression makes
// small, twice.
// usage: node shorten-imports.mjs <script> <wasm>      (both are rewritten in place, after wasm-opt)
import { readFileSync, writeFileSync } from "node:fs";
import { encoded, sized, withSection } from "./wasm.mjs";

const IMPORTS = 2;
const [script, wasm] = process.argv.slice(2);

/** Where an import's type begins and ends (WebAssembly core specification, section 5.5.5). */
function type(reader) {
    const start = reader.at;
    const kind = reader.bytes[reader.at++];
    const limits = () => { const flags = reader.number(); reader.number(); if (flags & 1) reader.number(); };
    if (kind === 0) reader.number();
    else if (kind === 1) { reader.at++; limits(); }
    else if (kind === 2) limits();
    else if (kind === 3) reader.at += 2;
    else if (kind === 4) { reader.at++; reader.number(); }
    else throw new Error(`an import of unknown kind ${kind}`);
    return reader.bytes.subarray(start, reader.at);
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const shorter = (i) => (i < letters.length ? "" : letters[Math.floor(i / letters.length) - 1]) + letters[i % letters.length];

let code = readFileSync(script, "utf8");
const names = new Map();
const modules = new Set();
const module = withSection(readFileSync(wasm), IMPORTS, (reader) => {
    const count = reader.number();
    const imports = [encoded(count)];
    for (let i = 0; i < count; i++) {
        const from = reader.text();
        const name = reader.text();
        const short = shorter(i);
        names.set(name, short);
        modules.add(from);
        imports.push(sized(Buffer.from(from)), sized(Buffer.from(short)), type(reader));
    }
    return Buffer.concat(imports);
});
// Each import is an entry of one object literal, indented by eight spaces; it ends where the next one begins.
let found = 0;
code = code.replace(/^ {8}(__wb\w+): .*?\n(?= {8}__wb\w+: | {4}\};)/gms, (entry, name) => {
    const short = names.get(name);
    if (!short) return "";
    found += 1;
    return entry.replace(name, short);
});
if (found !== names.size) throw new Error(`${names.size - found} of ${names.size} imports are not in the script`);
for (const from of modules) {
    if (!code.includes(`${JSON.stringify(from)}:`)) throw new Error(`the script does not give the wasm its module ${from} any more`);
}
writeFileSync(script, code);
writeFileSync(wasm, module);
