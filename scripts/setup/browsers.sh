#!/usr/bin/env bash
# The two browsers that the tests open, from the distribution's packages.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

missing=()
have chromium || missing+=(chromium)
have firefox-esr || missing+=(firefox-esr)
if [ ${#missing[@]} = 0 ]; then exit 0; fi
say "browsers: not there yet"
apt_install "for the browser tests" "${missing[@]}"
