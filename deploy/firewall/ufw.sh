#!/bin/sh
# The same with ufw (Debian, Ubuntu). It only adds rules: `ufw enable` switches the firewall on. As root: sh ufw.sh
set -eu
ufw allow 22/tcp comment 'ssh'
ufw allow 80/tcp comment 'Parlour: leads to 443'
ufw allow 443/tcp comment 'Parlour: pages and signaling'
ufw allow 3478 comment 'Parlour: relay and STUN, TCP and UDP'
