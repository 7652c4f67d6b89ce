#!/usr/bin/env bash
# The tests. usage: test.sh [native] [e2e]     (nothing named: both)
#   native  everything that runs without a browser
#   e2e     calls between real browsers, against the release binary
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ $# -gt 0 ] || set -- native e2e

native_tests() (
    # No test needs the built page inside the server, and a debug build takes minutes to compress one.
    export PARLOUR_SITE="$TARGET_DIR/no-site"
    # `frontend` is wasm only, and turns on other features of `app` than the server does.
    if cargo nextest --version >/dev/null 2>&1; then
        cargo nextest run --locked --workspace --exclude frontend &&
            cargo test --locked --workspace --exclude frontend --doc --quiet
    else
        cargo test --locked --workspace --exclude frontend
    fi
)
browser_tests() { PARLOUR_BIN="$TARGET_DIR/release/parlour" npm --prefix end2end test; }

for part in "$@"; do
    case $part in
    native)
        scripts/setup.sh oracles || note "pebble could not be set up: the tests that need it are skipped, and say so"
        timed "native tests" native_tests
        ;;
    e2e)
        timed "set-up for the browser tests" scripts/setup.sh build browsers
        timed "release build" scripts/build.sh
        timed "browser tests" browser_tests
        ;;
    *) fail "no tests are called '$part'" "usage: test.sh [native] [e2e]" ;;
    esac
done
step_times
