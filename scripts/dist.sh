#!/usr/bin/env bash
# Makes a release in dist/: `parlour`, one static file for any Linux of this machine's processor; `parlour-aarch64`, where a C compiler
# for that is here; `SHA256SUMS`. The first is tried in an empty root before the release is called made.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

machine=$(uname -m)
rm -rf dist
mkdir dist

# static <processor> <file>: builds for it, or says why it cannot be. Another processor's C compiler links, too.
static() (
    target=$1-unknown-linux-musl
    scripts/setup/static.sh "$1" || exit
    for compiler in "$1-linux-musl-gcc" "$1-linux-gnu-gcc"; do
        if [ "$1" != "$machine" ] && have "$compiler"; then
            name=${target//-/_}
            export "CC_$name=$compiler" "CARGO_TARGET_${name^^}_LINKER=$compiler"
            break
        fi
    done
    scripts/build.sh dist "$target" && cp "$TARGET_DIR/$target/dist/parlour" "$2"
)
if ! static "$machine" dist/parlour; then
    scripts/build.sh dist
    cp "$TARGET_DIR/dist/parlour" dist/parlour
    note "dist/parlour is linked to the C library of this machine: it runs with that one, or a newer one"
fi
[ "$machine" = aarch64 ] || static aarch64 dist/parlour-aarch64 || true
(cd dist && sha256sum parlour* >SHA256SUMS)

say "trying it in an empty root"
PARLOUR_BIN=$ROOT/dist/parlour node --test --test-reporter=spec end2end/tests/container.test.mjs || fail "dist/parlour does not run alone" "What it said is above."
for file in dist/parlour*; do note "$file: $(($(wc -c <"$file") / 1024)) KiB"; done
