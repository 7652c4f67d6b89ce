#!/usr/bin/env bash
# Builds target/release/parlour: the server with its site inside. Needs neither cargo-leptos nor trunk nor a browser.
# usage: build.sh [dist [TARGET]]     dist: builds target/dist/parlour instead, which is optimised for long and stripped;
#                                     for another target than this machine's: target/TARGET/dist/parlour
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

profile=${1:-release}
[ "$profile" = release ] || [ "$profile" = dist ] || fail "nothing to build is called '$profile'" "usage: build.sh [dist [TARGET]]"
build=(cargo build --locked --profile "$profile")
output=$TARGET_DIR/$profile
if [ -n "${2:-}" ]; then
    build+=(--target "$2")
    output=$TARGET_DIR/$2/$profile
fi

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
