#!/usr/bin/env bash
# Compiles the client: target/wasm32-unknown-unknown/release/frontend.wasm.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# encoded flag...: as cargo takes them from its environment, also where they hold spaces.
encoded() { (IFS=$'\x1f' && printf %s "$*"); }

say "page"
# The profile is the server's, and these flags come after what it says: cargo then has one folder for both, and compiles macros
# and build scripts once. Messages of panics name source files: as they are called in the project, not where they lie here.
flags=(-Copt-level=z -Ccodegen-units=1 -Cpanic=abort -Clinker-plugin-lto
    "--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}/registry/src=crates" "--remap-path-prefix=$ROOT=parlour")
export PAGE_SYSROOT=
if has_page_std; then
    # The published standard library carries a message for every panic; they are a tenth of the page.
    flags+=(-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none)
    PAGE_SYSROOT=$(CARGO_ENCODED_RUSTFLAGS=$(encoded "${flags[@]}") scripts/site/std/build.sh) ||
        fail "the page's standard library does not build" "What cargo said is above."
else
    note "with the published standard library: the page is some 10 KB larger (scripts/setup/page-std.sh says why)"
fi
# Cargo does not see the wrapper below change; it sees this.
flags+=("--cfg=page_wrapper=\"$(sha256sum <scripts/site/rustc.sh | head -c 16)\"")
# `app` and `frontend` are built for the page alone here: on the server `app` has other features, and cargo would add them up.
RUSTC_WRAPPER="$ROOT/scripts/site/rustc.sh" CARGO_ENCODED_RUSTFLAGS=$(encoded "${flags[@]}") \
    cargo build --locked --release -p frontend --features hydrate --target "$WASM_TARGET" ||
    fail "the client does not build" "What cargo said is above."
