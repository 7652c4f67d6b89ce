#!/usr/bin/env bash
# Builds the release binary and starts it; what is given goes to it (run.sh --listen 0.0.0.0:8080).
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

scripts/build.sh
say "ready after $SECONDS s: starting the server (Ctrl-C ends it)"
exec "$TARGET_DIR/release/parlour" "$@"
