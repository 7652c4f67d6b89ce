#!/usr/bin/env bash
# The development loop: builds server and client at each edit and reloads the pages. The same as `cargo leptos watch` by hand.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

scripts/setup.sh build leptos
say "cargo leptos watch (Ctrl-C ends it)"
exec cargo leptos watch "$@"
