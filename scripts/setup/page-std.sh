#!/usr/bin/env bash
# Brings the source of the standard library, with which the page is compiled smaller (see site/std/build.sh). Where it cannot be
# had, or the compiler is too old for it, the page is a tenth larger, and that is all.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

if has_page_std; then exit 0; fi
if have rustup && rustup component list >/dev/null 2>&1; then
    note "rustup component add rust-src"
    RUST_BACKTRACE=0 timeout 300 rustup component add rust-src </dev/null || note "rustup could not download it"
fi
has_page_std || note "without a standard library of its own: $(rustc --version) has no source of it, or cannot leave panics' messages out"
