// Network namespaces of Linux: machines that share this one's files and processes, and have a network of their own. Only root
// may make them.

import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream';
import { promisify } from 'node:util';

/** Removes all namespaces whose names begin with $1, with what runs in them, and the folder $2. Doing it twice does no harm. */
const REMOVE = `
  for name in $(ip netns list | awk -v prefix="$1" 'index($1, prefix) == 1 { print $1 }'); do
    ip netns pids "$name" | xargs -r kill -9
    ip netns del "$name"
  done
  rm -rf "$2"`;

/** Ties its own input and output to a port of the loopback interface. */
const CONNECT = `
  const socket = require('node:net').connect(process.argv[1], '127.0.0.1');
  socket.on('error', () => undefined).on('close', () => process.exit());
  process.stdin.pipe(socket).pipe(process.stdout);`;

const run = (program, args) => execFileSync(program, args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });

/**
 * A set of namespaces that ends with this process, whatever ends it.
 *
 * @returns {{ make: (name: string) => object, folder: string }} `make` throws where namespaces cannot be made; the folder ends
 *   with them
 */
export function namespaces() {
  const prefix = `parlour-${process.pid}-`;
  const folder = mkdtempSync(join(tmpdir(), 'parlour-network-'));
  const removal = ['-c', REMOVE, 'sh', prefix, folder];
  process.once('exit', () => run('sh', removal));
  // A process that is killed runs nothing any more. This one notices, because the pipe ends.
  const [command, script, ...rest] = removal;
  const heir = spawn('sh', [command, `cat >/dev/null; ${script}`, ...rest], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  heir.unref();
  heir.stdin.unref?.();

  /** Makes a namespace with nothing but a loopback interface. IPv6 addresses are usable there at once. */
  function make(name) {
    const full = prefix + name;
    run('ip', ['netns', 'add', full]);
    const namespace = {
      name: full,

      /** Runs a program to its end, and returns what it said. */
      run: (...argv) => run('ip', ['netns', 'exec', full, ...argv]),

      /** `ip` of iproute2. */
      ip: (...args) => run('ip', ['-n', full, ...args]),

      /** Sets a parameter of the kernel, such as net.ipv4.ip_forward. */
      set(parameter, value) {
        const path = `/proc/sys/${parameter.replaceAll('.', '/')}`;
        namespace.run('sh', '-c', `[ ! -e ${path} ] || echo ${value} >${path}`);
      },

      /** A program that runs another one here, for callers that take one file name. */
      enter(program) {
        const path = join(folder, `${name}-${basename(program)}`);
        writeFileSync(path, `#!/bin/sh\nexec ip netns exec ${full} ${program} "$@"\n`);
        chmodSync(path, 0o755);
        return path;
      },

      /** Who connects to this port of the loopback interface outside is led to the same port of the one here. What it returns ends that. */
      async lead(port) {
        const door = createServer((client) => {
          const argv = ['netns', 'exec', full, process.execPath, '-e', CONNECT, String(port)];
          const { stdin, stdout } = spawn('ip', argv, { stdio: ['pipe', 'pipe', 'inherit'] });
          // Either end may be gone first.
          pipeline(client, stdin, () => undefined);
          pipeline(stdout, client, () => undefined);
        });
        await once(door.listen(port, '127.0.0.1'), 'listening');
        // A browser that never came to be ends nothing.
        door.unref();
        return () => door.close();
      },

      /** Fetches from here; the status and the text of the answer. `trusts`: a file with a certificate. */
      async fetch(url, { trusts } = {}) {
        const code = `fetch(process.argv[1]).then(async (answer) => console.log(JSON.stringify([answer.status, await answer.text()])))`;
        const { stdout } = await promisify(execFile)('ip', ['netns', 'exec', full, process.execPath, '-e', code, url], {
          env: { ...process.env, ...(trusts && { NODE_EXTRA_CA_CERTS: trusts }) },
        });
        const [status, text] = JSON.parse(stdout);
        return { ok: status === 200, status, text: async () => text };
      },
    };
    namespace.set('net.ipv6.conf.all.accept_dad', 0);
    namespace.set('net.ipv6.conf.default.accept_dad', 0);
    namespace.set('net.ipv6.conf.default.accept_ra', 0);
    namespace.ip('link', 'set', 'lo', 'up');
    return namespace;
  }

  return { make, folder };
}
