#!/usr/bin/env bash
# Measures Parlour beside the reference and writes the table into docs/BENCHMARKS.md.
# usage: bench.sh [--quick] [--only memory,churn,relay,turn,hostile,restart,soak,browser,in-call,crowd] [--soak SECONDS] [--before COMMIT]
#   --quick   little of everything, to try it; prints the tables and leaves the document alone
#   --only    some of the measurements; leaves the document alone too
#   --soak    how long the soak is (600, or 20 with --quick)
#   --before  the crowd is measured with this commit as well, which is built first
# PARLOUR_REFERENCE names the reference's folder; without it the reference's rows are skipped.
# PARLOUR_BEFORE names a binary that is measured like one of --before.
# The exit code is 1 if something fails, and if the crowd or what people do in a call misses a row.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

ALL=memory,churn,relay,turn,hostile,restart,soak,browser,in-call,crowd
USAGE="usage: bench.sh [--quick] [--only $ALL] [--soak SECONDS] [--before COMMIT]"
QUICK=()
SOAK=()
ONLY=$ALL
WRITE=(--write docs/BENCHMARKS.md)
BEFORE=
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
    --before)
        BEFORE=$(git rev-parse --verify --quiet --short "${2:-}^{commit}") || fail "--before takes a commit" "It was given '${2:-}'."
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
    scripts/dist.sh
    PARLOUR_BIN=$ROOT/dist/parlour
fi
export PARLOUR_BIN

BENCH=$TARGET_DIR/bench
mkdir -p "$BENCH"
REFERENCE_SOURCE=${PARLOUR_REFERENCE:-}
REFERENCE=()
if [ ! -f "$REFERENCE_SOURCE/server.js" ]; then
    note "no reference at '$REFERENCE_SOURCE': its rows are skipped, Parlour is measured alone (PARLOUR_REFERENCE names its folder)"
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

# An older commit, built once by its own script, in a checkout that is gone afterwards.
if [ -n "$BEFORE" ] && wants crowd; then
    export PARLOUR_BEFORE=$BENCH/parlour-$BEFORE
    if [ ! -x "$PARLOUR_BEFORE" ]; then
        say "Parlour at $BEFORE"
        CHECKOUT=$(mktemp -d)
        trap 'git worktree remove --force "$CHECKOUT/parlour" 2>/dev/null || true; rm -rf "$CHECKOUT"' EXIT
        git worktree add --quiet --detach "$CHECKOUT/parlour" "$BEFORE"
        # rustup's choice of a compiler holds for the folder of this checkout alone.
        COMPILER=()
        if have rustup; then COMPILER=("RUSTUP_TOOLCHAIN=$(rustup show active-toolchain | cut -d' ' -f1)"); fi
        env -u PARLOUR_SITE "${COMPILER[@]}" CARGO_TARGET_DIR="$CHECKOUT/target" make -C "$CHECKOUT/parlour" dist ||
            fail "Parlour at $BEFORE does not build" "What its build said is above."
        mv "$CHECKOUT/parlour/dist/parlour" "$PARLOUR_BEFORE"
    fi
fi

# 10,000 people need as many sockets.
ulimit -n "$(ulimit -Hn)" || note "the limit of open files stays at $(ulimit -n)"

BROWSER=()
MISSED=
if wants browser || wants in-call || wants crowd; then
    scripts/setup.sh browsers || note "no browser could be set up: its rows are skipped"
    have node || fail "there is no node" "Install Node 20 or newer, or choose other measurements: --only ${ALL%,browser,in-call,crowd}"
fi
if wants browser; then
    say "in the browser"
    node end2end/bench.mjs --out "$BENCH/browser.json" "${REFERENCE[@]}" "${QUICK[@]}"
    BROWSER=(--browser "$BENCH/browser.json")
fi

LOADS=$(tr ',' '\n' <<<"$ONLY" | grep -vE '^(browser|in-call|crowd)$' | paste -sd, || true)
if [ -n "$LOADS" ] || wants browser; then
    say "load generator"
    cargo build --locked --profile dist -p loadgen || fail "the load generator does not build" "What cargo said is above."
    say "under load"
    HOOK=()
    [ ${#REFERENCE[@]} = 0 ] || HOOK=(--reference-hook "$ROOT/scripts/bench-reference.cjs")
    "$TARGET_DIR/dist/loadgen" compare --parlour "$PARLOUR_BIN" --command "make bench" --only "${LOADS:-none}" \
        "${REFERENCE[@]}" "${HOOK[@]}" "${BROWSER[@]}" "${SOAK[@]}" "${QUICK[@]}" "${WRITE[@]}"
fi

if wants in-call; then
    say "in the call"
    ROUNDS=()
    [ ${#QUICK[@]} = 0 ] || ROUNDS=(--rounds 3)
    CODE=0
    node end2end/in-call.mjs "${ROUNDS[@]}" "${WRITE[@]}" || CODE=$?
    case $CODE in
    0) ;;
    3) MISSED="what people do in a call misses rows" ;;
    1) fail "what people do in a call could not be measured" "What it said is above." ;;
    *) note "what people do in a call cannot be measured (exit code $CODE): its rows are skipped" ;;
    esac
fi

if wants crowd; then
    say "the crowd"
    scripts/setup.sh networks || note "no networks could be set up: the crowd's row between them is skipped"
    CROWD=(--out "$BENCH/crowd.json")
    [ ${#QUICK[@]} = 0 ] || CROWD+=(--people "2,4")
    if [ ${#REFERENCE[@]} = 0 ]; then CROWD+=(--no-reference); else CROWD+=("${REFERENCE[@]}"); fi
    [ -z "$BEFORE" ] || CROWD+=(--before-name "$BEFORE")
    CODE=0
    node end2end/crowd.mjs "${CROWD[@]}" "${WRITE[@]}" || CODE=$?
    case $CODE in
    0) ;;
    3) fail "the crowd misses rows" "The table above tells which." ;;
    1) fail "the crowd's measurement failed" "What it said is above." ;;
    *) note "the crowd cannot be measured (exit code $CODE): its rows are skipped" ;;
    esac
fi
[ -z "$MISSED" ] || fail "$MISSED" "The table above tells which."
