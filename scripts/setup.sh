#!/usr/bin/env bash
# Sets this machine up for what is asked; everything that is there already is left alone, and then this takes about a second.
# usage: setup.sh [build] [browsers] [networks] [leptos] [trunk]      (nothing named: all of it)
#   build     the wasm target, wasm-bindgen, wasm-opt and the CSS bundler: all that `make run` and `make dist` need
#   browsers  Chromium, Firefox and the packages of end2end/
#   networks  what makes hosts and routers on this machine, for the tests about networks
#   leptos    cargo-leptos, for `cargo leptos watch`
#   trunk     trunk, for `trunk serve`
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ $# -gt 0 ] || set -- build browsers networks leptos trunk
for part in "$@"; do
    case $part in
    build)
        have cc || apt_install "a linker" gcc libc6-dev
        scripts/setup/wasm-target.sh
        scripts/setup/cargo-tool.sh wasm-bindgen
        scripts/setup/npm.sh scripts/site
        ;;
    browsers)
        scripts/setup/browsers.sh
        scripts/setup/npm.sh end2end
        ;;
    networks) scripts/setup/networks.sh ;;
    leptos) scripts/setup/cargo-tool.sh cargo-leptos ;;
    trunk) scripts/setup/cargo-tool.sh trunk ;;
    *) fail "nothing to set up is called '$part'" "usage: setup.sh [build] [browsers] [networks] [leptos] [trunk]" ;;
    esac
done
