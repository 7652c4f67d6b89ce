#!/usr/bin/env bash
# Builds target/release/parlour: the server with its site inside. Needs neither cargo-leptos nor trunk nor a browser.
# usage: build.sh [dist [TARGET]]     dist: builds target/dist/parlour instead, which is optimised for long and stripped;
#                                     for another target than this machine's: target/TARGET/dist/parlour
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

profile=${1:-release}
[ "$profile" = release ] || [ "$profile" = dist ] || fail "nothing to build is called '$profile'" "usage: build.sh [dist [TARGET]]"
build=(cargo build --locked -p server --profile "$profile" ${2:+--target "$2"})

scripts/setup.sh build
scripts/build-page.sh
# The server takes the site in while it is compiled. Making the site keeps one core busy: before the first build the other one compiles
# the server without a site meanwhile, so that only the crates `site` and `server` are left to do.
if [ ! -e "$TARGET_DIR/${2:+$2/}$profile/parlour" ]; then
    note "beside the site, the server without one: $TARGET_DIR/libraries.log"
    PARLOUR_SITE="$TARGET_DIR/no-site" "${build[@]}" >"$TARGET_DIR/libraries.log" 2>&1 </dev/null &
    libraries=$!
    trap 'kill "$libraries" 2>/dev/null || true' EXIT
fi
scripts/build-site.sh
say "server"
# What failed there fails again below, where it is seen.
wait
PARLOUR_SITE="$TARGET_DIR/site" "${build[@]}" || fail "the server does not build" "What cargo said is above."
