// A host with a network of its own behind a router, so that its network can break: namespaces of Linux. Only root may make
// them; elsewhere the tests that need them are skipped.

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Refuses what the router forwards, before any other rule. */
const FIRST = ['pref', '1'];

/**
 * Makes the host. Its browsers reach this machine at `gateway` through the router.
 *
 * @returns {{ gateway: string, enter: (program: string) => string, losesTheNetwork: () => void } | { reason: string }} or why
 *   it cannot be made
 */
export function makeHost() {
  const id = process.pid;
  const net = `10.199.${id % 250}`;
  const [router, host] = [`parlour-r${id}`, `parlour-h${id}`];
  const [outer, inner] = [`pr${id}`, `ph${id}`];
  const ip = (...args) => execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const scripts = mkdtempSync(join(tmpdir(), 'parlour-host-'));
  const remove = () => {
    rmSync(scripts, { recursive: true, force: true });
    for (const args of [['link', 'del', outer], ['netns', 'del', router], ['netns', 'del', host]]) {
      try {
        ip(...args);
      } catch {
        // It was never made, or is gone.
      }
    }
  };
  // Whatever ends the tests.
  process.once('exit', remove);
  try {
    for (const name of [router, host]) {
      ip('netns', 'add', name);
      ip('-n', name, 'link', 'set', 'lo', 'up');
    }
    // This machine: .1; the router: .2 on this side, .5 on the other; the host: .6.
    ip('link', 'add', outer, 'type', 'veth', 'peer', 'name', 'out', 'netns', router);
    ip('-n', router, 'link', 'add', 'in', 'type', 'veth', 'peer', 'name', inner, 'netns', host);
    ip('addr', 'add', `${net}.1/30`, 'dev', outer);
    ip('-n', router, 'addr', 'add', `${net}.2/30`, 'dev', 'out');
    ip('-n', router, 'addr', 'add', `${net}.5/30`, 'dev', 'in');
    ip('-n', host, 'addr', 'add', `${net}.6/30`, 'dev', inner);
    ip('link', 'set', outer, 'up');
    for (const device of ['out', 'in']) ip('-n', router, 'link', 'set', device, 'up');
    ip('netns', 'exec', router, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward');
    ip('route', 'add', `${net}.4/30`, 'via', `${net}.2`);
  } catch (error) {
    remove();
    return { reason: `network namespaces cannot be made here: ${String(error.stderr ?? error.message).trim()}` };
  }
  const regain = () => {
    ip('-n', host, 'link', 'set', inner, 'up');
    ip('-n', host, 'route', 'replace', 'default', 'via', `${net}.5`);
  };
  regain();
  return {
    gateway: `${net}.1`,

    /** A program that runs another one on the host. */
    enter(program) {
      const script = join(scripts, 'enter');
      writeFileSync(script, `#!/bin/sh\nexec ip netns exec ${host} ${program} "$@"\n`);
      chmodSync(script, 0o755);
      return script;
    },

    /** The host has no network any more, and knows it; what it returns gives it back. */
    losesTheNetwork() {
      ip('-n', host, 'link', 'set', inner, 'down');
      return regain;
    },

    /** The router swallows all media, in silence; what it returns lets it through again. */
    losesItsMedia() {
      ip('-n', router, 'rule', 'add', ...FIRST, 'ipproto', 'udp', 'blackhole');
      return () => ip('-n', router, 'rule', 'del', ...FIRST);
    },

    /** The router swallows everything, in silence; what it returns lets it through again. */
    losesEverything() {
      ip('-n', router, 'rule', 'add', ...FIRST, 'blackhole');
      return () => ip('-n', router, 'rule', 'del', ...FIRST);
    },
  };
}
