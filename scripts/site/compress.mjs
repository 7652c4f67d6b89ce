// Leaves each file of a folder in a second folder as it is, and beside it in brotli where that is shorter. The server's build
// takes the shorter one in when the copy is still what the first folder holds.
// usage: node compress.mjs <site> <compressed>
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

const [site, compressed] = process.argv.slice(2);
const files = readdirSync(site, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(site.length + 1));
const wanted = new Map();
for (const file of files) {
    const bytes = readFileSync(join(site, file));
    const brotli = brotliCompressSync(bytes, {
        params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 22, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    });
    wanted.set(file, bytes);
    if (brotli.length < bytes.length) wanted.set(`${file}.br`, brotli);
    console.error(`   ${file}: ${bytes.length} bytes, ${brotli.length} in brotli`);
}
rmSync(compressed, { recursive: true, force: true });
for (const [file, bytes] of wanted) {
    mkdirSync(dirname(join(compressed, file)), { recursive: true });
    writeFileSync(join(compressed, file), bytes);
}
