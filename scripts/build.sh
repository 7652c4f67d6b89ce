#!/usr/bin/env bash
# Builds target/release/parlour: the server with its site inside. Needs neither cargo-leptos nor trunk nor a browser.
# usage: build.sh [dist]     dist: also leaves the one stripped file in dist/parlour
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

scripts/setup.sh build
# The site comes first: the server takes it in while it is compiled. Where there is no server yet, the libraries that it stands on are
# compiled meanwhile, because what makes the page small keeps only one core busy. Cargo has no word for that: the server's own build
# script refuses, and the rest goes on.
if [ ! -e "$TARGET_DIR/release/parlour" ]; then
    mkdir -p "$TARGET_DIR"
    note "beside it, the server's libraries: $TARGET_DIR/libraries.log"
    PARLOUR_LIBRARIES_ONLY=1 cargo build --locked --release -p server --keep-going >"$TARGET_DIR/libraries.log" 2>&1 </dev/null &
    libraries=$!
    trap 'kill "$libraries" 2>/dev/null || true' EXIT
fi
scripts/build-site.sh
# What failed there fails again below, where it is seen.
if [ -n "${libraries:-}" ]; then wait "$libraries" || true; fi
say "server"
# Its build script looks into the checkout's target/site by itself.
if [ "$TARGET_DIR" != "$ROOT/target" ]; then export PARLOUR_SITE="$TARGET_DIR/site"; fi
cargo build --locked --release -p server || fail "the server does not build" "What cargo said is above."

if [ "${1:-}" = dist ]; then
    mkdir -p dist
    strip -o dist/parlour.part "$TARGET_DIR/release/parlour"
    mv dist/parlour.part dist/parlour
    say "dist/parlour: one file of $(($(wc -c <dist/parlour) / 1024)) KiB. Copy it to a server and start it."
fi
