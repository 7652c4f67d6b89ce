#!/usr/bin/env bash
# What deploy/ has files for, so that these are tried: the packages of the distribution, and none of their services runs.
# Each is tried by itself: the tests of one that cannot be had are skipped, and say so.
#
# No ufw: its package changes what the machine does at a boot. Where it is there, its test runs.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# Some are in folders that only root's PATH has.
export PATH="$PATH:/usr/sbin:/sbin"

# Program, package, and its service, if there is one.
FRONTS=(
    "nginx nginx-light nginx"
    "caddy caddy caddy"
    "haproxy haproxy haproxy"
    "nft nftables nftables"
)

lacking=()
for front in "${FRONTS[@]}"; do
    read -r program package service <<<"$front"
    if have "$program"; then continue; fi
    if ! (apt_install_idle "for the tests of deploy/" "$package"); then
        lacking+=("$program")
        continue
    fi
    # What was not started now is not to be at the next boot either.
    if [ -n "$service" ] && [ -d /run/systemd/system ]; then as_root systemctl disable --quiet "$service" || true; fi
done
[ ${#lacking[@]} = 0 ] || fail "cannot be installed here: ${lacking[*]}" "The tests that need them are skipped, and say so."
