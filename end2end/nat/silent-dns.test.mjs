// A host whose DNS never answers, as behind a firewall that swallows what it does not know: nobody waits for it who was told to stop,
// or has said all there is to say.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { missing } from '../lib/front.mjs';
import { namespaces } from '../lib/namespaces.mjs';
import { BINARY } from '../lib/server.mjs';
import { limit, until } from '../lib/until.mjs';

/** A program that was told to stop, or has nothing left to do, is gone within so many seconds. A question to the DNS lasts ten. */
const GONE = 2;

const NAME = 'calls.example.org';

/** A host whose DNS is silent, or why there can be none. */
function makeHost() {
  const tool = missing('iptables', '--version');
  if (tool) return { reason: tool };
  try {
    const { make, folder } = namespaces();
    const host = make('silent');
    const swallow = ['INPUT', '-p', 'udp', '--dport', '53', '-j', 'DROP'];
    host.run('iptables', '-w', '-A', ...swallow);
    const resolver = join(folder, 'resolv.conf');
    writeFileSync(resolver, 'nameserver 127.0.0.1\n');
    // `ip netns exec` gives it mounts of its own.
    const inside = ['netns', 'exec', host.name, 'sh', '-c', `mount --bind ${resolver} /etc/resolv.conf && exec "$@"`, 'sh'];
    execFileSync('ip', [...inside, 'true'], { stdio: ['ignore', 'ignore', 'pipe'] });
    const state = join(folder, 'state');
    mkdirSync(state, { mode: 0o700 });
    return {
      /** Starts the program there. */
      start(...args) {
        const env = { PATH: process.env.PATH };
        const child = spawn('ip', [...inside, BINARY, ...args, '--state-dir', state], { stdio: ['ignore', 'pipe', 'pipe'], env });
        const running = { child, said: '', saidAt: performance.now(), ended: once(child, 'close') };
        for (const stream of [child.stdout, child.stderr]) {
          stream.on('data', (chunk) => Object.assign(running, { said: running.said + chunk, saidAt: performance.now() }));
        }
        return running;
      },

      /** How many questions it has asked. */
      asked: () => Number(host.run('iptables', '-w', '-L', 'INPUT', '-v', '-x', '-n').match(/^ *(\d+).*DROP/m)[1]),
    };
  } catch (error) {
    return { reason: `a host of its own cannot be made here: ${String(error.stderr || error.message).trim()}` };
  }
}

const host = makeHost();

test('a server that is told to stop while it waits for the DNS ends at once', { skip: host.reason }, async () => {
  const before = host.asked();
  const server = host.start('--listen', '127.0.0.1:8443', '--turn-listen', '127.0.0.1:3478', '--domain', NAME);
  await until(() => host.asked() > before, () => `The server never asked the DNS. It said:\n${server.said}`, { between: 10 });
  const told = performance.now();
  server.child.kill('SIGTERM');
  const [code, signal] = await server.ended;
  const took = performance.now() - told;
  assert.deepEqual([code, signal], [0, null], server.said);
  assert.ok(took < limit(GONE), `It took ${took.toFixed(0)} ms. It said:\n${server.said}`);
});

for (const command of ['doctor', 'health']) {
  test(`parlour ${command} ends when it has said what there is to say`, { skip: host.reason }, async () => {
    const before = host.asked();
    const running = host.start(command, '--listen', `${NAME}:8443`, '--turn-listen', 'off');
    const [code] = await running.ended;
    const took = performance.now() - running.saidAt;
    assert.ok(host.asked() > before, `It never asked the DNS. It said:\n${running.said}`);
    assert.equal(code, 1, running.said);
    assert.ok(took < limit(GONE), `It ended ${took.toFixed(0)} ms after its last word:\n${running.said}`);
  });
}
