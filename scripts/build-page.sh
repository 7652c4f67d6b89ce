#!/usr/bin/env bash
# Compiles the client: target/wasm32-unknown-unknown/wasm-release/frontend.wasm.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

say "page"
# Messages of panics name source files: as they are called in the project, not where they lie here.
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}/registry/src=crates \
--remap-path-prefix=$(rustc --print sysroot)/lib/rustlib/src/rust=rust --remap-path-prefix=$ROOT=parlour"
# `app` and `frontend` are built for the page alone here: on the server `app` has other features, and cargo would add them up.
cargo build --locked --profile wasm-release -p frontend --features hydrate --target "$WASM_TARGET" ||
    fail "the client does not build" "What cargo said is above."
