#!/usr/bin/env bash
# Compiles the client: target/wasm32-unknown-unknown/wasm-release/frontend.wasm.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

say "page"
# Messages of panics name source files: as they are called in the project, not where they lie here.
remapped=("${CARGO_HOME:-$HOME/.cargo}/registry/src=crates" "$(rustc --print sysroot)/lib/rustlib/src/rust=rust" "$ROOT=parlour")
# Cargo splits this one at 0x1f, so that paths may hold spaces.
CARGO_ENCODED_RUSTFLAGS=$(printf -- '--remap-path-prefix=%s\x1f' "${remapped[@]}")
export CARGO_ENCODED_RUSTFLAGS=${CARGO_ENCODED_RUSTFLAGS%$'\x1f'}
# `--emit-relocs`: what only a call needs becomes a file of its own, and the splitter finds out by these what that is.
# `app` and `frontend` are built for the page alone here: on the server `app` has other features, and cargo would add them up.
cargo rustc --locked --profile wasm-release -p frontend --features hydrate,split --target "$WASM_TARGET" -- -Clink-args=--emit-relocs ||
    fail "the client does not build" "What cargo said is above."
