// The rules of deploy/firewall/ on a host of their own: what Parlour needs comes in, and nothing else does.

import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { missing } from '../lib/front.mjs';
import { BINARY } from '../lib/server.mjs';
import { until } from '../lib/until.mjs';

const RULES = fileURLToPath(new URL('../../deploy/firewall/parlour.nft', import.meta.url));
const UFW = fileURLToPath(new URL('../../deploy/firewall/ufw.sh', import.meta.url));

const id = process.pid;
const [guarded, outside] = [`parlour-f${id}`, `parlour-o${id}`];
const HOST = '10.198.0.1';
const HOST6 = 'fd00:198::1';

const run = (...command) => execFileSync(command[0], command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] }).toString();
const on = (host, ...command) => run('ip', 'netns', 'exec', host, ...command);

function remove() {
  for (const host of [guarded, outside]) {
    try {
      run('ip', 'netns', 'del', host);
    } catch {
      // It was never made, or is gone.
    }
  }
}

/** Two hosts with a wire between them. Gives why they cannot be made. */
function wire() {
  try {
    for (const host of [guarded, outside]) {
      run('ip', 'netns', 'add', host);
      run('ip', '-n', host, 'link', 'set', 'lo', 'up');
    }
    run('ip', '-n', guarded, 'link', 'add', 'wire', 'type', 'veth', 'peer', 'name', 'wire', 'netns', outside);
    for (const [host, end] of [[guarded, 1], [outside, 2]]) {
      run('ip', '-n', host, 'addr', 'add', `10.198.0.${end}/24`, 'dev', 'wire');
      run('ip', '-n', host, 'addr', 'add', `fd00:198::${end}/64`, 'dev', 'wire', 'nodad');
      run('ip', '-n', host, 'link', 'set', 'wire', 'up');
    }
  } catch (error) {
    remove();
    return `network namespaces cannot be made here: ${String(error.stderr ?? error.message).trim()}`;
  }
}

const reason = missing('nft', '--version')?.replace('install nft)', 'install nftables)') ?? wire();

/** Sends from outside to this port and says whether it came. Runs there, so it is a program of its own. */
const KNOCK = `
const [kind, host, port] = process.argv.slice(1);
const say = (word) => { process.stdout.write(word); process.exit(0); };
// Silence is what a firewall answers; on this wire an answer takes no time.
setTimeout(() => say('silence'), 1_000);
if (kind === 'tcp') {
  const socket = require('net').connect(Number(port), host, () => say('open'));
  socket.on('error', ({ code }) => say(code === 'ECONNREFUSED' ? 'refused' : code));
} else {
  const socket = require('dgram').createSocket(host.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', (bytes) => say(bytes.toString('hex', 0, 2)));
  socket.on('error', ({ code }) => say(code === 'ECONNREFUSED' ? 'refused' : code));
  // A STUN Binding request (RFC 8489). Connected, so that an ICMP answer is heard.
  const request = Buffer.from('000100002112a442' + '0a'.repeat(12), 'hex');
  socket.connect(Number(port), host, () => socket.send(request));
}
`;
async function knock(kind, host, port) {
  const knocking = ['netns', 'exec', outside, process.execPath, '-e', KNOCK, kind, host, String(port)];
  return (await promisify(execFile)('ip', knocking)).stdout;
}

/** What docs/DEPLOY.md says is let in, and a few others. The servers of `serve` run. */
const EXPECTED = [
  ['tcp', 443, 'open', 'the page'],
  ['tcp', 3478, 'open', 'the relay over TCP'],
  ['udp', 3478, '0101', 'STUN over UDP'],
  ['tcp', 80, 'refused', 'let in, though nobody listens there'],
  ['tcp', 9000, 'silence', 'a server listens there and is not to be reached'],
  ['udp', 9000, 'silence', 'not let in'],
  ['udp', 1024, 'silence', 'the port of a relayed address, which no socket has'],
  ['udp', 65535, 'silence', 'the port of a relayed address, which no socket has'],
  ['udp', 443, 'silence', 'not let in'],
  ['tcp', 3479, 'silence', 'not let in'],
  ['tcp', 1024, 'silence', 'not let in'],
];

if (reason) test('the firewall', { skip: reason }, () => undefined);
else guards();

function guards() {
  process.once('exit', remove);
  const stops = [];
  after(async () => {
    for (const stop of stops.reverse()) await stop();
    remove();
  });

  test('nftables: pages and relay come in, and nothing else does', { timeout: 120_000 }, async () => {
    on(guarded, 'nft', '-c', '-f', RULES);
    on(guarded, 'nft', '-f', RULES);
    // Again, as after an edit: the rules replace themselves.
    on(guarded, 'nft', '-f', RULES);
    await serve();

    await meetsTheGuide();
  });

  test('without these rules the other port would have been open', { timeout: 60_000 }, async () => {
    on(guarded, 'nft', 'delete', 'table', 'inet', 'parlour');
    assert.equal(await knock('tcp', HOST, 9000), 'open');
    assert.equal(await knock('udp', HOST, 1024), 'refused');
  });

  test('ufw, switched on, lets the same in and nothing else', { skip: missing('ufw', 'version'), timeout: 120_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'parlour-ufw-'));
    try {
      // What this machine's own firewall is told, and whether it is on, stays as it is: that is in these two files.
      const own = `cp -a /etc/ufw/. '${folder}' && mount --bind '${folder}' /etc/ufw
        cp /etc/default/ufw '${folder}/default' && mount --bind '${folder}/default' /etc/default/ufw`;
      // As on a machine where it was just installed. Over ssh it would ask before it is switched on.
      const said = on(guarded, 'unshare', '-m', 'sh', '-euc', `${own}\nufw --force reset\nsh '${UFW}'\nufw --force enable\nufw status`);
      assert.match(said, /^Status: active$/m);
      await meetsTheGuide();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  /** Knocks at every port of the table, from outside. */
  async function meetsTheGuide() {
    for (const host of [HOST, HOST6]) {
      const found = await Promise.all(EXPECTED.map(([kind, port]) => knock(kind, host, port)));
      const told = (answers) => EXPECTED.map(([kind, port, , what], index) => `${kind} ${port} ${answers[index]}: ${what}`);
      assert.deepEqual(told(found), told(EXPECTED.map(([, , answer]) => answer)), `at ${host}`);
    }
  }

  /** The real server on port 443 of the guarded host, and a second one on a port that nobody is to reach. */
  async function serve() {
    assert.ok(existsSync(BINARY), `There is no server at ${BINARY}.`);
    for (const flags of [
      ['--listen', '[::]:443', '--turn-listen', '[::]:3478', '--external-ip', HOST, '--external-ip', HOST6],
      ['--listen', '[::]:9000', '--turn-listen', '127.0.0.1:0'],
    ]) {
      const state = await mkdtemp(join(tmpdir(), 'parlour-state-'));
      const child = spawn('ip', ['netns', 'exec', guarded, BINARY, '--state-dir', state, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
      stops.push(async () => {
        if (child.exitCode === null && child.signalCode === null) {
          const exited = once(child, 'exit');
          child.kill('SIGTERM');
          await exited;
        }
        await rm(state, { recursive: true, force: true });
      });
      await until(
        () => {
          if (child.exitCode !== null) throw new Error(`it ended with exit code ${child.exitCode}`);
          return /Parlour is open/.test(output);
        },
        () => `The server did not open:\n${output}`,
      );
    }
  }
}
