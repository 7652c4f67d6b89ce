#!/usr/bin/env bash
# Makes the compiler able to build a static binary for Linux: the target with musl, and a C compiler for it.
# usage: static.sh x86_64 | aarch64      exits with 1 where that cannot be had here, and says why
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

target=$1-unknown-linux-musl
cannot() {
    note "no static binary for $1: $2"
    exit 1
}

has_library() {
    local dir
    dir=$(rustc --print target-libdir --target "$target" 2>/dev/null) && compgen -G "$dir/libstd-*.rlib" >/dev/null
}
if ! has_library; then
    have rustup || cannot "$1" "this compiler has no $target, and there is no rustup to bring it"
    note "rustup target add $target"
    RUST_BACKTRACE=0 timeout 300 rustup target add "$target" </dev/null && has_library || cannot "$1" "rustup could not bring $target"
fi
# The one of this machine is a package; for another processor's nobody is asked, it is used where it is there.
if [ "$1" = "$(uname -m)" ]; then
    have musl-gcc || (apt_install "a C compiler for static binaries" musl-tools) || cannot "$1" "there is no musl-gcc"
else
    have "$1-linux-musl-gcc" || have "$1-linux-gnu-gcc" || cannot "$1" "there is no $1-linux-musl-gcc and no $1-linux-gnu-gcc"
fi
