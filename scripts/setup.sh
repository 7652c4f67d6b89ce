#!/usr/bin/env bash
# Sets this machine up for what is asked; everything that is there already is left alone, and then this takes about a second.
# usage: setup.sh [build] [oracles] [browsers] [fronts] [networks] [leptos] [trunk]      (nothing named: all of it)
#   build     all that `make run` and `make dist` need: the wasm target, wasm-bindgen, wasm-opt and the CSS bundler
#   oracles   what native tests measure themselves against: pebble (certificates) and coturn (the relay)
#   browsers  Chromium, Firefox and the packages of end2end/
#   fronts    what deploy/ has files for, and tests start: nginx, Caddy, HAProxy, nftables
#   networks  what makes hosts and routers on this machine, for the tests about networks
#   leptos    cargo-leptos, for `cargo leptos watch`
#   trunk     trunk, for `trunk serve`
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ $# -gt 0 ] || set -- build oracles browsers fronts networks leptos trunk
# Whatever is built next: cargo needs a linker.
have cc || apt_install "a linker" gcc libc6-dev
for part in "$@"; do
    case $part in
    build)
        scripts/setup/wasm-target.sh
        scripts/setup/cargo-tool.sh wasm-bindgen
        scripts/setup/npm.sh scripts/site
        ;;
    oracles)
        # Where one cannot be had, the tests can still use the other.
        code=0
        have pebble || (apt_install "a certificate authority for tests" pebble) || code=1
        scripts/setup/coturn.sh || code=1
        [ $code = 0 ] || note "the tests that need what could not be set up are skipped, and say so"
        ;;
    browsers)
        scripts/setup/browsers.sh
        scripts/setup/npm.sh end2end
        ;;
    fronts) scripts/setup/fronts.sh || note "without them the tests of deploy/ that need them are skipped, and say so" ;;
    networks) scripts/setup/networks.sh ;;
    leptos) scripts/setup/cargo-tool.sh cargo-leptos ;;
    trunk) scripts/setup/cargo-tool.sh trunk ;;
    *) fail "nothing to set up is called '$part'" "usage: setup.sh [build] [oracles] [browsers] [fronts] [networks] [leptos] [trunk]" ;;
    esac
done
