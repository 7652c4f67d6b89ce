#!/usr/bin/env bash
# Compiles the standard library for the page, with the compiler's flags in CARGO_ENCODED_RUSTFLAGS, and prints the folder that
# `rustc --sysroot` takes. Cargo could do it beside the page's own crates (-Zbuild-std), but only with RUSTC_BOOTSTRAP around all
# of them, and then nothing that macros stand on would be compiled once for page and server.
. "$(dirname "${BASH_SOURCE[0]}")/../../lib.sh"

# A folder for each compiler and set of flags, because those of another one must not lie beside it.
folder="$TARGET_DIR/page-std/$( (rustc -vV && printf %s "$CARGO_ENCODED_RUSTFLAGS") | sha256sum | head -c 16)"
sysroot="$folder/sysroot"
if [ ! -e "$sysroot" ]; then
    rm -rf "$TARGET_DIR/page-std"
    # The flags are unstable, and so is compiling the library: hence RUSTC_BOOTSTRAP.
    RUSTC_BOOTSTRAP=1 cargo build --locked --release --manifest-path scripts/site/std/Cargo.toml --target "$WASM_TARGET" \
        -Zbuild-std=std -Zbuild-std-features= --target-dir "$folder" >&2
    libraries="$sysroot.part/lib/rustlib/$WASM_TARGET/lib"
    mkdir -p "$libraries"
    cp "$folder/$WASM_TARGET/release/deps/"lib*.rlib "$libraries/"
    rm "$libraries"/libpage_std-*.rlib
    mv "$sysroot.part" "$sysroot"
fi
printf '%s\n' "$sysroot"
