#!/usr/bin/env bash
# Measures Parlour beside the reference and writes the table into docs/BENCHMARKS.md.
# usage: bench.sh [--quick] [--only memory,churn,relay,turn,restart,soak,browser] [--soak SECONDS]
#   --quick   little of everything, to try it; prints the table and leaves the document alone
#   --only    some of the measurements; leaves the document alone too
#   --soak    how long the soak is (600, or 20 with --quick)
# PARLOUR_REFERENCE names the reference's folder (default: ../shared/reference beside the checkout).
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

ALL=memory,churn,relay,turn,restart,soak,browser
USAGE="usage: bench.sh [--quick] [--only $ALL] [--soak SECONDS]"
QUICK=()
SOAK=()
ONLY=$ALL
WRITE=(--write docs/BENCHMARKS.md)
while [ $# -gt 0 ]; do
    case $1 in
    --quick) QUICK=(--quick) WRITE=() ;;
    --only)
        ONLY=${2:-}
        WRITE=()
        shift
        ;;
    --soak)
        [[ ${2:-} =~ ^[0-9]+$ ]] || fail "--soak takes seconds" "It was given '${2:-}'."
        SOAK=(--soak "$2")
        shift
        ;;
    *) fail "bench.sh does not know '$1'" "$USAGE" ;;
    esac
    shift
done
[[ $ONLY =~ ^(${ALL//,/|})(,(${ALL//,/|}))*$ ]] ||
    fail "--only takes some of $ALL" "It was given '$ONLY'."
wants() { [[ ,$ONLY, == *,$1,* ]]; }

# PARLOUR_BIN measures a binary that is there already.
if [ -z "${PARLOUR_BIN:-}" ]; then
    scripts/build.sh dist
    PARLOUR_BIN=$TARGET_DIR/dist/parlour
fi
export PARLOUR_BIN
say "load generator"
cargo build --locked --profile dist -p loadgen || fail "the load generator does not build" "What cargo said is above."

BENCH=$TARGET_DIR/bench
mkdir -p "$BENCH"
REFERENCE_SOURCE=${PARLOUR_REFERENCE:-$ROOT/../shared/reference}
REFERENCE=()
if [ ! -f "$REFERENCE_SOURCE/server.js" ]; then
    note "no reference at $REFERENCE_SOURCE: its rows are skipped, Parlour is measured alone (PARLOUR_REFERENCE names its folder)"
elif ! have npm; then
    note "no npm: the reference's rows are skipped, Parlour is measured alone"
else
    say "reference"
    rm -rf "$BENCH/reference.new"
    cp -r "$REFERENCE_SOURCE" "$BENCH/reference.new"
    # Packages that are there already stay, unless other ones are wanted now.
    if cmp -s "$BENCH/reference.new/package.json" "$BENCH/reference/package.json" && [ -d "$BENCH/reference/node_modules" ]; then
        rm -rf "$BENCH/reference.new"
    else
        (cd "$BENCH/reference.new" && npm install --no-audit --no-fund --loglevel=error) ||
            fail "the reference's packages cannot be installed" "What npm said is above."
        rm -rf "$BENCH/reference"
        mv "$BENCH/reference.new" "$BENCH/reference"
    fi
    REFERENCE=(--reference "$BENCH/reference")
fi

# 10,000 people need as many sockets.
ulimit -n "$(ulimit -Hn)" || note "the limit of open files stays at $(ulimit -n)"

BROWSER=()
if wants browser; then
    say "in the browser"
    scripts/setup.sh browsers || note "no browser could be set up: its rows are skipped"
    have node || fail "there is no node" "Install Node 20 or newer, or choose other measurements: --only ${ALL%,browser}"
    node end2end/bench.mjs --out "$BENCH/browser.json" "${REFERENCE[@]}" "${QUICK[@]}"
    BROWSER=(--browser "$BENCH/browser.json")
fi

say "under load"
LOADS=$(tr ',' '\n' <<<"$ONLY" | grep -v browser | paste -sd, || true)
if [ -n "$LOADS" ]; then LOADS=(--only "$LOADS"); else LOADS=(--only none); fi
[ ${#REFERENCE[@]} = 0 ] || REFERENCE+=(--reference-hook "$ROOT/scripts/bench-reference.cjs")
"$TARGET_DIR/dist/loadgen" compare --parlour "$PARLOUR_BIN" --command "make bench" \
    "${REFERENCE[@]}" "${BROWSER[@]}" "${LOADS[@]}" "${SOAK[@]}" "${QUICK[@]}" "${WRITE[@]}"
