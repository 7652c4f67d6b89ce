#!/usr/bin/env bash
# Installs one command-line tool with cargo, in the version that the checkout needs, unless it is there already.
# usage: cargo-tool.sh wasm-bindgen | cargo-leptos | trunk
#
# `cargo binstall` (a download) is tried first. A build from source leaves out optimisation: these tools run for seconds,
# and optimised they would take half an hour to build. What walks through the wasm byte by byte is optimised all the same.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# The flag sets to try, one after the other, one per line. A published lock file is the surest, but it may ask for a version that the
# index at hand does not know yet; without it the newest versions may ask for a newer compiler.
case ${1:-} in
wasm-bindgen)
    crate=wasm-bindgen-cli
    version=$(awk '/^name = "wasm-bindgen"$/ { getline; gsub(/version = |"/, ""); print; exit }' Cargo.lock)
    [ -n "$version" ] || fail "Cargo.lock names no wasm-bindgen" "Is it complete? git checkout Cargo.lock"
    installed() { wasm-bindgen --version 2>/dev/null; }
    # Without default features: no TLS, which only its test runner wants.
    attempts=("--locked --no-default-features --bin wasm-bindgen" "--no-default-features --bin wasm-bindgen")
    ;;
cargo-leptos)
    crate=cargo-leptos version=$CARGO_LEPTOS_VERSION
    installed() { cargo-leptos --version 2>/dev/null; }
    attempts=("--locked --ignore-rust-version" "--ignore-rust-version")
    ;;
trunk)
    crate=trunk version=$TRUNK_VERSION
    installed() { trunk --version 2>/dev/null; }
    attempts=("--locked --no-default-features --features rustls" "--locked" "")
    ;;
*) fail "no such tool: '${1:-}'" "usage: cargo-tool.sh wasm-bindgen | cargo-leptos | trunk" ;;
esac

is_there() { installed | grep -qwF "$version"; }
if is_there; then exit 0; fi

say "$crate $version: not there yet"
if cargo binstall -V >/dev/null 2>&1; then
    note "cargo binstall $crate@$version"
    cargo binstall --no-confirm --force --disable-telemetry --disable-strategies compile "$crate@$version" </dev/null || true
    if is_there; then exit 0; fi
    note "no ready-made one to download: building it"
fi

export CARGO_TARGET_DIR=$TOOLS_TARGET_DIR CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_STRIP=symbols
optimised=()
for package in walrus wasmparser wasm-encoder wasm-bindgen-cli-support; do
    [ "$1" = wasm-bindgen ] && optimised+=(--config "profile.release.package.$package.opt-level=1")
done
for flags in "${attempts[@]}"; do
    note "cargo install $crate --version $version $flags"
    # shellcheck disable=SC2086
    cargo install --force "$crate" --version "=$version" $flags "${optimised[@]}" </dev/null || true
    if is_there; then exit 0; fi
    note "that did not work"
done
fail "$crate $version could not be installed" "What cargo said is above. Any other way to have '$1' $version on PATH will do."
