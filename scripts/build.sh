#!/usr/bin/env bash
# Builds target/release/parlour: the server with its site inside. Needs neither cargo-leptos nor trunk nor a browser.
# usage: build.sh [dist]     dist: builds target/dist/parlour instead, which is optimised for long, and leaves the one stripped
#                            file in dist/parlour
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

profile=${1:-release}
[ "$profile" = release ] || [ "$profile" = dist ] || fail "nothing to build is called '$profile'" "usage: build.sh [dist]"

scripts/setup.sh build
scripts/build-page.sh
# The server takes the site in while it is compiled. Before the first build the libraries that it stands on are compiled
# while the site is made, which keeps only one core busy. Cargo has no word for that: the server's own build script refuses, and
# the rest goes on.
if [ ! -e "$TARGET_DIR/$profile/parlour" ]; then
    note "beside the site, the server's libraries: $TARGET_DIR/libraries.log"
    PARLOUR_LIBRARIES_ONLY=1 cargo build --locked --profile "$profile" -p server --keep-going >"$TARGET_DIR/libraries.log" 2>&1 </dev/null &
    libraries=$!
    trap 'kill "$libraries" 2>/dev/null || true' EXIT
fi
scripts/build-site.sh
say "server"
# What failed there fails again below, where it is seen.
if [ -n "${libraries:-}" ]; then wait "$libraries" || true; fi
# Its build script looks into the checkout's target/site by itself.
if [ "$TARGET_DIR" != "$ROOT/target" ]; then export PARLOUR_SITE="$TARGET_DIR/site"; fi
cargo build --locked --profile "$profile" -p server || fail "the server does not build" "What cargo said is above."

if [ "$profile" = dist ]; then
    mkdir -p dist
    strip -o dist/parlour.part "$TARGET_DIR/dist/parlour"
    mv dist/parlour.part dist/parlour
    say "dist/parlour: one file of $(($(wc -c <dist/parlour) / 1024)) KiB. Copy it to a server and start it."
fi
