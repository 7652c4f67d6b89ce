// deploy/parlour.service without systemd running: what systemd's own tools say of it, and the binary with just the rights
// that it leaves.

import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chmod, chown, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { missing } from '../lib/front.mjs';
import { BINARY } from '../lib/server.mjs';
import { until } from '../lib/until.mjs';

const UNIT = readFileSync(fileURLToPath(new URL('../../deploy/parlour.service', import.meta.url)), 'utf8');

/** Exposure as systemd-analyze counts it, in tenths: 0 is nothing, 100 everything. */
const EXPOSURE = 16;

/** A user that owns nothing. */
const USER = 65534;

const lacksSystemd = missing('systemd-analyze', '--version');

test('systemd finds nothing wrong with the unit, and little that it could still take away', { skip: lacksSystemd }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parlour-unit-'));
  try {
    const unit = join(folder, 'parlour.service');
    const here = UNIT.replace('/usr/local/bin/parlour', BINARY);
    assert.notEqual(here, UNIT, 'the unit starts /usr/local/bin/parlour');
    await writeFile(unit, here);
    const analyze = (...args) => spawnSync('systemd-analyze', args, { encoding: 'utf8' });
    // It only says what it does not know, and is content.
    const { status, stderr } = analyze('verify', '--man=no', unit);
    assert.deepEqual({ status, about: stderr.split('\n').filter((line) => line.includes('parlour')) }, { status: 0, about: [] });
    const judged = analyze('security', '--offline=true', '--no-pager', `--threshold=${EXPOSURE}`, unit);
    assert.equal(judged.status, 0, judged.stdout + judged.stderr);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

function noNamespaces() {
  try {
    execFileSync('unshare', ['--net', 'true'], { stdio: 'ignore' });
  } catch {
    return 'network namespaces cannot be made here';
  }
}

const lacksRights = missing('setpriv', '--version') ?? noNamespaces();

for (const port of [80, 443]) {
  test(`one right is enough for port ${port}, and for nothing else of root`, { skip: lacksRights, timeout: 60_000 }, async () => {
    const [, right] = /^AmbientCapabilities=CAP_(\w+)$/m.exec(UNIT);
    assert.match(UNIT, new RegExp(`^CapabilityBoundingSet=CAP_${right}$`, 'm'));
    const only = `-all,+${right.toLowerCase()}`;
    const state = await mkdtemp(join(tmpdir(), 'parlour-state-'));
    await chown(state, USER, USER);
    await chmod(state, 0o700);
    const become = [`--reuid=${USER}`, `--regid=${USER}`, '--clear-groups', '--no-new-privs', `--inh-caps=${only}`, `--ambient-caps=${only}`, `--bounding-set=${only}`];
    const binary = await readable(BINARY);
    const flags = ['--listen', `127.0.0.1:${port}`, '--turn-listen', '127.0.0.1:3478', '--state-dir', join(state, 'parlour')];
    // A network of its own, so that the port is free.
    const script = 'ip link set lo up && exec "$@"';
    const child = spawn('unshare', ['--net', 'sh', '-c', script, 'sh', 'setpriv', ...become, binary.path, ...flags], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    try {
      let output = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
      await until(
        () => {
          if (child.exitCode !== null) throw new Error(`it ended with exit code ${child.exitCode}`);
          return /Parlour is open/.test(output);
        },
        () => `The server did not open:\n${output}`,
      );
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      // CAP_NET_BIND_SERVICE is bit 10 (capabilities(7)).
      for (const kind of ['CapEff', 'CapBnd', 'CapAmb']) assert.match(status, new RegExp(`^${kind}:\\s0+400$`, 'm'));
      assert.match(status, /^NoNewPrivs:\s1$/m);
      assert.equal((await stat(join(state, 'parlour'))).mode & 0o777, 0o700);
      assert.equal((await stat(join(state, 'parlour', 'seat.key'))).mode & 0o777, 0o600);
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      assert.deepEqual(await exited, [0, null], `it ends well:\n${output}`);
    } finally {
      if (child.exitCode === null) child.kill('SIGKILL');
      await rm(state, { recursive: true, force: true });
      await binary.remove();
    }
  });
}

/** The program where any user may start it: a checkout may lie in a folder of root's. */
async function readable(program) {
  const folder = await mkdtemp(join(tmpdir(), 'parlour-bin-'));
  await chmod(folder, 0o755);
  const path = join(folder, 'parlour');
  await writeFile(path, readFileSync(program), { mode: 0o755 });
  return { path, remove: () => rm(folder, { recursive: true, force: true }) };
}
