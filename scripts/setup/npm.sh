#!/usr/bin/env bash
# npm packages of one folder of the checkout, exactly as in its package-lock.json, into that folder and nowhere else.
# usage: npm.sh <folder>
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

folder=${1:?usage: npm.sh <folder>}
have node && have npm || fail "there is no Node here (node and npm)" "Install Node 20 or newer: https://nodejs.org or your distribution's packages."
major=$(node -p 'process.versions.node.split(".")[0]')
[ "$major" -ge 20 ] || fail "Node $(node --version) is too old" "Install Node 20 or newer."
[ -f "$folder/package-lock.json" ] || fail "$folder/package-lock.json is missing" "Is the checkout complete? git status"

stamp="$folder/node_modules/.parlour-lock"
if cmp -s "$folder/package-lock.json" "$stamp"; then exit 0; fi
say "npm packages of $folder/"
# No install script of a package runs, and nothing but the packages is asked of the registry.
npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null >&2 ||
    fail "npm ci failed in $folder" "What npm said is above; check the network, then start again."
cp "$folder/package-lock.json" "$stamp"
