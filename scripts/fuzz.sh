#!/usr/bin/env bash
# Feeds every parser that faces the network with what libFuzzer thinks of, each for so many seconds. What makes one fail is kept
# in the folder that is named at the end, and `scripts/fuzz.sh 0 FILE...` tries it again.
# usage: fuzz.sh [seconds for each target] [file to try...]     (60 seconds)
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

seconds=${1:-60}
files=("${@:2}")
have c++ || apt_install "a compiler for libFuzzer" g++
# What cargo-fuzz does, without the sanitizers that only a nightly compiler has: there is no unsafe code here to find.
export RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
-Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares -Clink-dead-code -Ccodegen-units=1 --cfg=fuzzing \
-Cdebug-assertions -Coverflow-checks"
export CARGO_TARGET_DIR="$TARGET_DIR/fuzz"
host=$(rustc -vV | sed -n 's/^host: //p')

for folder in crates/*/fuzz; do
    say "fuzzing: $folder"
    cargo build --locked --manifest-path "$folder/Cargo.toml" --release --target "$host" --bins || fail "the targets do not build" "What cargo said is above."
    for source in "$folder"/fuzz_targets/*.rs; do
        target=$(basename "$source" .rs)
        corpus="$TARGET_DIR/fuzz/corpus/$target"
        found="$TARGET_DIR/fuzz/found/$target"
        mkdir -p "$corpus" "$found"
        program="$CARGO_TARGET_DIR/$host/release/$target"
        note "$target"
        if [ ${#files[@]} -gt 0 ]; then
            "$program" "${files[@]}"
            continue
        fi
        "$program" "$corpus" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=16384 -print_final_stats=1 \
            -artifact_prefix="$found/" 2>"$found.log" ||
            fail "$target failed" "What it said: $found.log; what made it fail: $found/"
        sed -n 's/^stat::number_of_executed_units: */   runs: /p; s/^stat::new_units_added: */   new paths: /p' "$found.log" >&2
    done
done
