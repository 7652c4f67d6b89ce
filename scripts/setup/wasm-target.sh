#!/usr/bin/env bash
# Makes the compiler that this checkout uses able to build for wasm.
#
# rustup downloads the target. Where it cannot (no way to its server), PARLOUR_SYSTEM_RUST=1 allows another way: Debian's own compiler
# comes with the source of its standard library. That is built for wasm once, put where the compiler looks for targets, and rustup is
# told to use that compiler in this folder. It changes the system's compiler, so nobody gets it unasked.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

LINKED_NAME=parlour-debian

# Whether a compiler has the standard library for wasm.
has_library() {
    local dir
    dir=$("$1" --print target-libdir --target "$WASM_TARGET" 2>/dev/null) && compgen -G "$dir/libstd-*.rlib" >/dev/null
}

# Whether a compiler makes wasm: it has the library, and a linker.
has_wasm() {
    local out code=0
    has_library "$1" || return 1
    out=$(mktemp -d)
    echo 'pub fn nothing() {}' | "$1" --target "$WASM_TARGET" --crate-name probe --crate-type cdylib --out-dir "$out" - 2>"$out/said" || code=1
    # Only the last word of it is asked for, after everything was tried.
    PROBE_SAID=$(cat "$out/said")
    rm -rf "$out"
    return $code
}

have rustc || have rustup ||
    fail "there is no Rust here" "Install it with https://rustup.rs (or apt-get install rustup) and start again."
if has_wasm rustc; then exit 0; fi

say "wasm target: not there yet"
if have rustup; then
    note "rustup target add $WASM_TARGET"
    # Its retries on a dead network can take long; a download of this size takes seconds.
    if RUST_BACKTRACE=0 timeout 300 rustup target add "$WASM_TARGET" </dev/null && has_wasm rustc; then
        exit 0
    fi
    note "rustup could not download it"
fi
[ "${PARLOUR_SYSTEM_RUST:-}" = 1 ] ||
    fail "the target $WASM_TARGET is not installed" "Install it: rustup target add $WASM_TARGET" \
        "Where rustup has no way to its server: PARLOUR_SYSTEM_RUST=1 builds it from Debian's packages, and this folder then uses Debian's compiler."
note "building it from Debian's source (about two minutes)"

missing=()
for package in "${DEBIAN_RUST_PACKAGES[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} = 0 ] || apt_install "a compiler that can build for wasm" "${missing[@]}"
have /usr/bin/rustc || fail "Debian's packages brought no /usr/bin/rustc" "Check: dpkg -L rustc-web"

if ! has_library /usr/bin/rustc; then
    note "building the standard library for $WASM_TARGET"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    mkdir "$work/src"
    printf '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2021"\n[profile.release]\npanic = "abort"\n' >"$work/Cargo.toml"
    echo '#![no_std]' >"$work/src/lib.rs"
    # RUSTC_BOOTSTRAP: building the standard library is an unstable feature of cargo, the result is not.
    # Bitcode inside, as in the published one: link-time optimisation of the page reads it.
    (cd "$work" && env -u RUSTUP_TOOLCHAIN PATH="/usr/bin:$PATH" RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 \
        RUSTFLAGS="-C embed-bitcode=yes" CARGO_TARGET_DIR="$work/target" \
        /usr/bin/cargo build --release -Zbuild-std=std,panic_abort --target "$WASM_TARGET" </dev/null) ||
        fail "the standard library did not build for wasm" "What cargo said is above."
    lib=$(/usr/bin/rustc --print target-libdir --target "$WASM_TARGET")
    as_root mkdir -p "$lib"
    for rlib in "$work/target/$WASM_TARGET/release/deps/"*.rlib; do
        case $rlib in */libempty-*) ;; *) as_root install -m 644 "$rlib" "$lib/" ;; esac
    done
    has_library /usr/bin/rustc || fail "the standard library was built but $lib does not hold it" "Look into that folder."
fi
if ! has_wasm /usr/bin/rustc; then
    # For wasm rustc calls a linker of its own name, which Debian packages as plain lld.
    lld=$(compgen -G '/usr/lib/llvm-*/bin/lld' | sort -V | tail -n 1) || fail "lld is not installed" "apt-get install lld-22"
    bin="$(dirname "$(/usr/bin/rustc --print target-libdir)")/bin"
    note "rust-lld: $bin/rust-lld is $lld"
    as_root mkdir -p "$bin"
    as_root ln -sf "$lld" "$bin/rust-lld"
    has_wasm /usr/bin/rustc || fail "Debian's rustc cannot link for $WASM_TARGET" "$PROBE_SAID"
fi

if have rustup && [ "$(rustc --print sysroot)" != "$(/usr/bin/rustc --print sysroot)" ]; then
    rustup toolchain link "$LINKED_NAME" /usr
    rustup override set "$LINKED_NAME"
    note "this folder now uses Debian's $(/usr/bin/rustc --version); 'rustup override unset' undoes that"
fi
has_wasm rustc || fail "rustc still cannot build for $WASM_TARGET" "Which one is it: $(command -v rustc). It said: $PROBE_SAID"
