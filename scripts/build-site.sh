#!/usr/bin/env bash
# Makes what browsers load of what scripts/build-page.sh compiled: target/site with pkg/parlour.{js,wasm,css}, pkg/parlour_call.wasm and the files of
# public/, and all of it compressed in target/site-brotli. The names are those that cargo-leptos gives. Each part is made anew
# only when its input changed, or its output was touched.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

SITE="$TARGET_DIR/site"
COMPRESSED="$TARGET_DIR/site-brotli"
PKG="$SITE/pkg"
STAMPS="$TARGET_DIR/site-stamps"
mkdir -p "$PKG" "$STAMPS"

# What rustc emits for this target beyond the first version of wasm: wasm-opt must know it to read the file.
WASM_FEATURES=(--enable-bulk-memory --enable-bulk-memory-opt --enable-mutable-globals --enable-nontrapping-float-to-int
    --enable-sign-ext --enable-reference-types --enable-multivalue)

# fingerprint path...: a checksum over the names and the contents of files and folders.
fingerprint() { find "$@" -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum; }

# fresh <part> <input fingerprint> <output>...: whether the outputs are what was last made from this input.
fresh() {
    local part=$1 input=$2 output
    shift 2
    for output in "$@"; do [ -e "$output" ] || return 1; done
    [ "$(cat "$STAMPS/$part" 2>/dev/null)" = "$input$(fingerprint "$@")" ]
}
made() {
    local part=$1 input=$2
    shift 2
    printf '%s' "$input$(fingerprint "$@")" >"$STAMPS/$part"
}

optimise() {
    node "$SITE_TOOLS/binaryen/bin/wasm-opt" -lmu --flatten --rereloop -Oz --merge-similar-functions -Oz -Oz "${WASM_FEATURES[@]}" \
        "$1" -o "$2" || fail "wasm-opt failed" "What it said is above."
}
esbuild() { node "$SITE_TOOLS/esbuild/bin/esbuild" --minify --log-level=warning --allow-overwrite "$@"; }

say "site: wasm"
wasm="$TARGET_DIR/$WASM_TARGET/wasm-release/frontend.wasm"
input=$(fingerprint "$wasm" "${BASH_SOURCE[0]}" scripts/site/package-lock.json crates/splitter Cargo.lock)$(wasm-bindgen --version)
parts=("$PKG/parlour.js" "$PKG/parlour.wasm" "$PKG/parlour_call.wasm")
if ! fresh wasm "$input" "${parts[@]}"; then
    out=$(mktemp -d "$TARGET_DIR/bindgen.XXXXXX")
    trap 'rm -rf "$out"' EXIT
    cargo run --locked --quiet -p splitter -- "$wasm" "$out" || fail "the program could not be taken apart" "What was said is above."
    # What the call's part uses of the rest is exported as the linker has named it.
    wasm-bindgen --target web --omit-default-module-path --no-typescript --keep-lld-exports --no-demangle --remove-name-section \
        --remove-producers-section --out-dir "$out" --out-name parlour "$out/main.wasm" ||
        fail "wasm-bindgen failed" "Its version must be that of the crate in Cargo.lock: $(wasm-bindgen --version)"
    optimise "$out/parlour_bg.wasm" "$PKG/parlour.wasm" &
    optimising=$!
    optimise "$out/call.wasm" "$PKG/parlour_call.wasm"
    wait "$optimising" || exit 1
    # Only what the boot script calls: the rest of the script is left out.
    echo 'export { default, prepare, hydrate, render } from "./parlour.js"' >"$out/page.js"
    esbuild --bundle --format=esm "$out/page.js" --outfile="$PKG/parlour.js" || fail "the script could not be minified" "What esbuild said is above."
    made wasm "$input" "${parts[@]}"
fi

say "site: styles"
input=$(fingerprint style "${BASH_SOURCE[0]}" scripts/site/package-lock.json)
if ! fresh css "$input" "$PKG/parlour.css"; then
    esbuild style/main.css --bundle --outfile="$PKG/parlour.css" ||
        fail "the style sheets do not bundle" "What esbuild said is above."
    made css "$input" "$PKG/parlour.css"
fi

# What lies beside pkg/ is exactly what lies in public/. Untouched when it is so already: the server is built anew after a change.
if ! diff -rq --exclude=pkg public "$SITE" >/dev/null; then
    find "$SITE" -mindepth 1 -maxdepth 1 ! -name pkg -exec rm -rf {} +
    cp -Rp public/. "$SITE/"
fi
# A leftover of another build (cargo-leptos, an older version) must not be shipped.
find "$PKG" -mindepth 1 ! -name parlour.js ! -name parlour.wasm ! -name parlour_call.wasm ! -name parlour.css -delete

input=$(fingerprint "$SITE" scripts/site/compress.mjs)
if ! fresh brotli "$input" "$COMPRESSED"; then
    node scripts/site/compress.mjs "$SITE" "$COMPRESSED" || fail "the site could not be compressed" "What the script said is above."
    made brotli "$input" "$COMPRESSED"
fi
