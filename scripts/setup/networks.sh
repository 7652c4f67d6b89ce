#!/usr/bin/env bash
# What makes networks of namespaces, and certificates that browsers trust, for the tests about paths between networks.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# These are often in folders that only root's PATH has.
export PATH="$PATH:/usr/sbin:/sbin"
missing=()
have ip || missing+=(iproute2)
have iptables && have ip6tables || missing+=(iptables)
have openssl || missing+=(openssl)
if [ ${#missing[@]} = 0 ]; then exit 0; fi
say "tools for networks: not there yet"
apt_install "for the tests about networks" "${missing[@]}"
