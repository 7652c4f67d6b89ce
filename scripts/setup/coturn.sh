#!/usr/bin/env bash
# coturn: its client is a judge of the relay in tests, its server what the relay is measured beside. The distribution's package
# would also run that server, at once and at every boot, for whoever reaches this machine: here it never starts.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

if have turnutils_uclient && have turnserver; then exit 0; fi
say "coturn: not there yet"
if [ -d /run/systemd/system ]; then
    # What is masked is not started by its package. Only for as long as that is installed: later it is the owner's to decide.
    as_root systemctl --quiet mask coturn.service
    trap 'as_root systemctl --quiet unmask coturn.service' EXIT
fi
apt_install "a judge of the relay" coturn
if [ -d /run/systemd/system ]; then
    as_root systemctl --quiet unmask coturn.service
    trap - EXIT
    as_root systemctl --quiet disable coturn.service
fi
