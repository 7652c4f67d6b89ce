// An internet on one machine: hosts, routers with and without NAT between them, and what can go wrong with them. Each is a
// network namespace, which only root may make; elsewhere the tests that need them are skipped.

import { execFileSync } from 'node:child_process';
import { namespaces } from './namespaces.mjs';

/**
 * The internet's addresses, unless others are asked for: they look public, and never leave the namespaces.
 */
const V4 = '25.0.0';
const V6 = '2a00:5eed:0';

/**
 * The hardware address of each bridge, of which a network has one. Left alone, a bridge takes the least of its ports' addresses: another one
 * when a port is added, and for half a minute those that knew the last one send into nothing.
 */
const GATEWAY = '02:00:00:00:00:01';

/** Refuses what a router forwards, before any other rule. */
const FIRST = ['pref', '1'];

/** The second address that a router or a host can have: so much further. */
const NEXT = 100;

/**
 * Makes an internet: one network to which everything is connected. It is gone when this process is.
 *
 * @param {object} [options]
 * @param {string} [options.v4] the first three bytes of its IPv4 addresses
 * @returns {object} the internet, or `{ reason }` why there can be none
 */
export function makeInternet({ v4 = V4 } = {}) {
  let core;
  let make;
  let folder;
  try {
    ({ make, folder } = namespaces());
    core = make('internet');
    core.ip('link', 'add', 'name', 'net', 'address', GATEWAY, 'type', 'bridge');
    core.ip('addr', 'add', `${v4}.1/24`, 'dev', 'net');
    core.ip('addr', 'add', `${V6}::1/64`, 'dev', 'net');
    core.ip('link', 'set', 'net', 'up');
    forward(core);
  } catch (error) {
    return { reason: `network namespaces cannot be made here: ${String(error.stderr || error.message).trim()}` };
  }
  const made = { count: 1, routers: 0, thisMachine: false };

  /** Connects a namespace under the next address: to the internet, or to the network behind a router. */
  function connect(namespace, device, families, within) {
    if (within) return within.connect(namespace, device);
    const number = (made.count += 1);
    core.ip('link', 'add', `n${number}`, 'type', 'veth', 'peer', 'name', device, 'netns', namespace.name);
    core.ip('link', 'set', `n${number}`, 'master', 'net', 'up');
    const addresses = { ...(families.v4 && { v4: `${v4}.${number}` }), ...(families.v6 && { v6: `${V6}::${number}` }) };
    namespace.ip('link', 'set', device, 'up');
    settle(namespace, device, addresses, { v4: `${v4}.1`, v6: `${V6}::1` });
    return { number, addresses };
  }

  return {
    /** For files that are to end with it. */
    folder,

    /** A host that is on the internet itself, as servers are. */
    host(families = { v4: true, v6: true }) {
      const namespace = make(`host-${made.count + 1}`);
      return { ...namespace, ...connect(namespace, 'out', families).addresses };
    },

    /** Connects this machine, too, and returns its IPv4 address there. */
    thisMachine() {
      const [device, address] = [`parlour${process.pid}`, `${v4}.254`];
      core.ip('link', 'add', 'machine', 'type', 'veth', 'peer', 'name', device, 'netns', String(process.pid));
      core.ip('link', 'set', 'machine', 'master', 'net', 'up');
      made.thisMachine = true;
      execFileSync('ip', ['addr', 'add', `${address}/24`, 'dev', device]);
      execFileSync('ip', ['link', 'set', device, 'up']);
      return address;
    },

    /**
     * A router, with a network of its own behind it.
     *
     * @param {object} [options]
     * @param {'home' | 'symmetric' | 'one-to-one'} [options.nat] what it does to IPv4: nothing; the same outer port whomever a host
     *   speaks to, and who was not spoken to does not get in; another outer port for each; or its whole outer address leads to its first
     *   host, as in clouds, but not for that host itself. IPv6 is never translated; with one of the first two, who was not spoken to
     *   does not get in by it either
     * @param {string[][]} [options.lets] protocols, with or without a port, that alone it lets out: `[['tcp', '443']]`
     * @param {{ v4?: boolean, v6?: boolean }} [options.families]
     * @param {string} [options.lan] the first three bytes of the IPv4 addresses behind it
     * @param {object} [options.within] the router of a carrier, behind which this one is (IPv4)
     * @param {boolean} [options.isolates] hosts behind it do not reach each other, as in many a guest network
     */
    router({ nat, lets, families = { v4: true }, lan, within, isolates = false } = {}) {
      const namespace = make(`router-${(made.routers += 1)}`);
      const { number, addresses: outer } = connect(namespace, 'out', families, within);
      const inner = { v4: lan ?? `192.168.${number}`, v6: `${V6.replace(/0$/, number.toString(16))}` };
      namespace.ip('link', 'add', 'name', 'in', 'address', GATEWAY, 'type', 'bridge');
      namespace.ip('link', 'set', 'in', 'up');
      if (families.v4) namespace.ip('addr', 'add', `${inner.v4}.1/24`, 'dev', 'in');
      if (families.v6) {
        namespace.ip('addr', 'add', `${inner.v6}::1/64`, 'dev', 'in');
        core.ip('-6', 'route', 'add', `${inner.v6}::/64`, 'via', outer.v6);
      }
      forward(namespace);
      if (nat === 'one-to-one') leadIn(namespace, `${inner.v4}.2`);
      else filter(namespace, { nat, lets });
      if (!nat && families.v4) {
        core.ip('route', 'add', `${inner.v4}.0/24`, 'via', outer.v4);
        if (made.thisMachine) execFileSync('ip', ['route', 'add', `${inner.v4}.0/24`, 'via', `${v4}.1`]);
      }
      // The router's own address is the first.
      let hosts = 1;
      /** Plugs a device of a namespace into the network behind this router. Returns the last byte of its address. */
      const plug = (other, device) => {
        const last = (hosts += 1);
        namespace.ip('link', 'add', `h${last}`, 'type', 'veth', 'peer', 'name', device, 'netns', other.name);
        namespace.ip('link', 'set', `h${last}`, 'master', 'in', 'up');
        if (isolates) namespace.run('bridge', 'link', 'set', 'dev', `h${last}`, 'isolated', 'on');
        return last;
      };
      return {
        /** The IPv4 address by which it is known. */
        v4: outer.v4,

        /** For a router behind this one. */
        connect(other, device) {
          const v4 = `${inner.v4}.${plug(other, device)}`;
          other.ip('link', 'set', device, 'up');
          settle(other, device, { v4 }, { v4: `${inner.v4}.1` });
          return { number: (made.count += 1), addresses: { v4 } };
        },

        /** A host behind this router. */
        host() {
          const host = make(`host-${number}-${hosts + 1}`);
          const last = plug(host, 'lan');
          const addresses = { ...(families.v4 && { v4: `${inner.v4}.${last}` }), ...(families.v6 && { v6: `${inner.v6}::${last}` }) };
          const gateway = { v4: `${inner.v4}.1`, v6: `${inner.v6}::1` };
          const regain = () => {
            host.ip('link', 'set', 'lan', 'up');
            settle(host, 'lan', addresses, gateway);
          };
          regain();
          return {
            ...host,
            ...addresses,

            /** The host has no network any more, and knows it; what it returns gives it back. */
            losesTheNetwork() {
              host.ip('link', 'set', 'lan', 'down');
              return regain;
            },

            /** The host has another IPv4 address from now on, as after it has joined another network. */
            changesAddress() {
              host.ip('addr', 'flush', 'dev', 'lan');
              settle(host, 'lan', { v4: `${inner.v4}.${last + NEXT}` }, gateway);
            },
          };
        },

        /** The router is known by another IPv4 address from now on, and has forgotten who speaks to whom. */
        changesAddress() {
          namespace.ip('addr', 'del', `${outer.v4}/24`, 'dev', 'out');
          settle(namespace, 'out', { v4: `${v4}.${number + NEXT}` }, { v4: `${v4}.1` });
        },

        /** The router sends out no more than this from now on, as in `300kbit`: the rest waits, for 400 ms at most. What it returns lifts that. */
        limitsUplink(rate) {
          namespace.run('tc', 'qdisc', 'replace', 'dev', 'out', 'root', 'tbf', 'rate', rate, 'burst', '5000', 'latency', '400ms');
          return () => namespace.run('tc', 'qdisc', 'del', 'dev', 'out', 'root');
        },

        /** The router loses this part of the UDP datagrams that it sends out (0 to 1). */
        losesOnTheWayOut(part) {
          const some = ['-m', 'statistic', '--mode', 'random', '--probability', String(part)];
          namespace.run('iptables', '-w', '-I', 'FORWARD', '-i', 'in', '-p', 'udp', ...some, '-j', 'DROP');
        },

        /** The router lets UDP out, and nothing of it back in. */
        losesEveryAnswer() {
          namespace.run('iptables', '-w', '-I', 'FORWARD', '-i', 'out', '-p', 'udp', '-j', 'DROP');
        },

        /** The router swallows all media, in silence; what it returns lets it through again. */
        losesItsMedia() {
          namespace.ip('rule', 'add', ...FIRST, 'ipproto', 'udp', 'blackhole');
          return () => namespace.ip('rule', 'del', ...FIRST);
        },
      };
    },
  };
}

/** Gives a device its addresses and a way to everywhere. */
function settle(namespace, device, addresses, gateway) {
  for (const [family, address] of Object.entries(addresses)) {
    const [version, length] = family === 'v4' ? ['-4', 24] : ['-6', 64];
    namespace.ip('addr', 'replace', `${address}/${length}`, 'dev', device);
    namespace.ip(version, 'route', 'replace', 'default', 'via', gateway[family]);
  }
}

/** Makes a namespace pass on what is not for itself, and leave alone what its bridge passes on. */
function forward(namespace) {
  namespace.set('net.ipv4.ip_forward', 1);
  namespace.set('net.ipv6.conf.all.forwarding', 1);
  for (const family of ['ip', 'ip6']) namespace.set(`net.bridge.bridge-nf-call-${family}tables`, 0);
}

/** Whatever comes from outside is for this host, and what it sends comes from the outer address, from the same port. */
function leadIn(namespace, host) {
  const rule = (...args) => namespace.run('iptables', '-w', '-t', 'nat', '-A', ...args);
  rule('PREROUTING', '-i', 'out', '-j', 'DNAT', '--to-destination', host);
  rule('POSTROUTING', '-o', 'out', '-j', 'MASQUERADE');
}

function filter(namespace, { nat, lets }) {
  if (!nat && !lets) return;
  for (const tables of ['iptables', 'ip6tables']) {
    const rule = (...args) => namespace.run(tables, '-w', ...args);
    rule('-P', 'FORWARD', 'DROP');
    rule('-A', 'FORWARD', '-m', 'conntrack', '--ctstate', 'ESTABLISHED,RELATED', '-j', 'ACCEPT');
    for (const [protocol, port] of lets ?? [[]]) {
      const what = [...(protocol ? ['-p', protocol] : []), ...(port ? ['--dport', port] : [])];
      rule('-A', 'FORWARD', '-i', 'in', ...what, '-j', 'ACCEPT');
    }
    // Else what comes unasked is remembered, and the outer port is taken when the host wants it.
    rule('-A', 'INPUT', '-i', 'out', '-p', 'udp', '-j', 'DROP');
  }
  if (nat) {
    const random = nat === 'symmetric' ? ['--random-fully'] : [];
    namespace.run('iptables', '-w', '-t', 'nat', '-A', 'POSTROUTING', '-o', 'out', '-j', 'MASQUERADE', ...random);
  }
}
