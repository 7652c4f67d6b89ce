// Takes out of the wasm and its script what a library exports to scripts and this page never calls: wasm-bindgen exports the
// classes of every crate in the tree, and what is exported stays with all that it reaches.
// usage: node drop-exports.mjs <script> <wasm>      (both are rewritten in place, before wasm-opt)
import { readFileSync, writeFileSync } from "node:fs";
import { encoded, withSection } from "./wasm.mjs";

const EXPORTS = 7;
const [script, wasm] = process.argv.slice(2);
const code = readFileSync(script, "utf8");
const classes = [...code.matchAll(/^export class (\w+) \{/gm)].map(([, name]) => name);
const isOfAClass = (name) => classes.some((known) => name.replace(/^__wbg_/, "").startsWith(`${known.toLowerCase()}_`));

const module = withSection(readFileSync(wasm), EXPORTS, (reader) => {
    const kept = [];
    for (let left = reader.number(); left > 0; left--) {
        const start = reader.at;
        const name = reader.text();
        reader.at++;
        reader.number();
        if (!isOfAClass(name)) kept.push(reader.bytes.subarray(start, reader.at));
    }
    return Buffer.concat([encoded(kept.length), ...kept]);
});
writeFileSync(wasm, module);
writeFileSync(
    script,
    code
        .replace(/^export class .*?^\}\n/gms, "")
        .replace(/^if \(Symbol\.dispose\).*\n/gm, "")
        .replace(/^const \w+Finalization = .*?;\n/gms, ""),
);
