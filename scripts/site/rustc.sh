#!/bin/sh
# Stands before every call of the compiler while cargo builds the page (RUSTC_WRAPPER). What the page's crates need goes to them
# alone: what runs here, macros and build scripts, is then compiled as for the server, once for both.
case " $* " in
*" --target wasm32-unknown-unknown "*) ;;
*) exec "$@" ;;
esac
# The page's own standard library (std/build.sh), which was compiled with unstable flags.
if [ -n "${PAGE_SYSROOT:-}" ]; then
    export RUSTC_BOOTSTRAP=1
    set -- "$@" --sysroot "$PAGE_SYSROOT"
fi
# All crates are optimised once more as one when the last is compiled.
case " $* " in
*" --crate-name frontend "*) set -- "$@" -Clinker-plugin-lto=no -Cembed-bitcode=yes -Clto=fat ;;
esac
exec "$@"
