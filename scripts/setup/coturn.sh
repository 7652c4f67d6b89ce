#!/usr/bin/env bash
# coturn: its client is a judge of the relay in tests, its server what the relay is measured beside. The distribution's package
# would also run that server, open to the network: here it never starts.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

if have turnutils_uclient && have turnserver; then exit 0; fi
say "coturn: not there yet"
apt_install_idle "a judge of the relay" coturn
if [ -d /run/systemd/system ]; then as_root systemctl disable --quiet coturn.service; fi
