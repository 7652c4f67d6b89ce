#!/usr/bin/env bash
# The tests. usage: test.sh [native] [e2e] [nat]     (nothing named: all of them)
#   native  everything that runs without a browser
#   e2e     calls between real browsers, against the release binary
#   nat     the same between networks: behind NATs, firewalls, on IPv6 alone (where network namespaces can be made)
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ $# -gt 0 ] || set -- native e2e nat

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
network_tests() { PARLOUR_BIN="$TARGET_DIR/release/parlour" npm --prefix end2end run nat; }

# Why no host can be made on this machine; nothing where one can.
no_networks() {
    local name="parlour-probe-$$" said
    if [ "$(id -u)" != 0 ]; then
        echo "only root may make network namespaces"
    elif ! said=$(ip netns add "$name" 2>&1); then
        echo "network namespaces cannot be made here: $said"
    else
        ip netns del "$name"
    fi
}

for part in "$@"; do
    case $part in
    native)
        scripts/setup.sh oracles
        timed "native tests" native_tests
        ;;
    e2e)
        timed "set-up for the browser tests" scripts/setup.sh build browsers fronts
        timed "release build" scripts/build.sh
        timed "browser tests" browser_tests
        ;;
    nat)
        [ "$(id -u)" != 0 ] || timed "set-up for the tests between networks" scripts/setup.sh build browsers networks
        reason=$(no_networks)
        if [ -n "$reason" ]; then
            say "tests between networks: skipped"
            note "$reason"
            continue
        fi
        timed "release build" scripts/build.sh
        timed "tests between networks" network_tests
        ;;
    *) fail "no tests are called '$part'" "usage: test.sh [native] [e2e] [nat]" ;;
    esac
done
step_times
