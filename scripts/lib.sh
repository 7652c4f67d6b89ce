# Shared by every script here: where the checkout is, how to speak, and the versions of the tools.
# shellcheck shell=bash disable=SC2034
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"

# Without a login shell (CI, cron, a fresh container) cargo's own folder is often missing from PATH.
export PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"

# cargo-leptos and wasm-bindgen are tied to the crates in Cargo.lock; trunk is the last release that old compilers build.
CARGO_LEPTOS_VERSION=0.3.11
TRUNK_VERSION=0.21.14
# The Debian packages that bring a compiler whose library source is at hand (see setup/wasm-target.sh).
DEBIAN_RUST_PACKAGES=(rustc-web cargo-web rust-web-src rust-web-clippy rustfmt-web lld-22)
# Tools share one target folder, so that what they have in common is compiled once.
TOOLS_TARGET_DIR="${XDG_CACHE_HOME:-$HOME/.cache}/parlour/tools"
WASM_TARGET=wasm32-unknown-unknown
TARGET_DIR="${CARGO_TARGET_DIR:-$ROOT/target}"
SITE_TOOLS="$ROOT/scripts/site/node_modules"

say() { printf '\033[1m== %s\033[0m\n' "$*" >&2; }
note() { printf '   %s\n' "$*" >&2; }

# fail "what went wrong" "what to do about it"
fail() {
    printf '\033[1mxx %s\033[0m\n' "$1" >&2
    [ $# -lt 2 ] || printf '   %s\n' "${@:2}" >&2
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# as_root cmd...: directly for root, else through sudo.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif have sudo; then
        sudo "$@"
    else
        fail "this needs root, and there is no sudo: $*" "Run that line as root, then start again."
    fi
}

# apt_install what-for package...
apt_install() {
    local purpose=$1
    shift
    have apt-get || fail "$purpose: this is not a Debian-like system (no apt-get)" "Install by hand what corresponds to: $*"
    note "installing $* ($purpose)"
    as_root apt-get update -qq || fail "apt-get update failed" "Check the network and /etc/apt/sources.list, then start again."
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null </dev/null ||
        fail "could not install: $*" "Try it by hand: apt-get install $*"
}

# apt_install_idle what-for package...: the same, and no service of theirs is started now.
apt_install_idle() (
    policy=/usr/sbin/policy-rc.d
    # Debian's packages ask this program whether they may start something; 101 is no. One that we left behind is ours, too.
    if [ ! -e $policy ] || grep -qs 'parlour set-up' $policy; then
        trap 'exit 130' INT TERM
        trap 'as_root rm -f "$policy"' EXIT
        printf '#!/bin/sh\n# parlour set-up\nexit 101\n' | as_root tee $policy >/dev/null && as_root chmod 755 $policy
    fi
    apt_install "$@"
)

# timed "name" cmd...: runs a step and says how long it took; step_times prints all of them as a table.
# In a function that is called so, `set -e` does nothing (bash): join its commands with && .
STEP_TIMES=()
timed() {
    local name=$1 start=$SECONDS code=0
    shift
    say "$name"
    "$@" || code=$?
    if [ $code -ne 0 ]; then
        STEP_TIMES+=("$(printf '%6d s  %s  FAILED' $((SECONDS - start)) "$name")")
        step_times
        fail "$name failed (exit code $code)" "What it said is above. To run it alone: $*"
    fi
    STEP_TIMES+=("$(printf '%6d s  %s' $((SECONDS - start)) "$name")")
}
step_times() {
    say "time per step"
    printf '%s\n' "${STEP_TIMES[@]}" >&2
    printf '%6d s  all together\n' "$SECONDS" >&2
}
