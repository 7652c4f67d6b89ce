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
    # What leptos depends on and no page holds anything of is not worth optimising. What such a crate has of common functions
    # must then not be used by others.
    case " $* " in
    *" --crate-name syn "* | *" --crate-name regex_"* | *" --crate-name config "* | *" --crate-name toml"* | *" --crate-name winnow "*)
        set -- "$@" -Copt-level=0 -Zshare-generics=no
        ;;
    esac
fi
# All crates are optimised once more as one when the last is compiled.
case " $* " in
*" --crate-name frontend "*) set -- "$@" -Clinker-plugin-lto=no -Cembed-bitcode=yes -Clto=fat ;;
esac
exec "$@"
