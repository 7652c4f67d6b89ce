// The last stage of deploy/Containerfile without a container engine: a root that holds what the image would hold and nothing
// else, and in it the binary as a user without any right.

import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { chmod, chown, copyFile, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { missing } from '../lib/front.mjs';
import { freePorts } from '../lib/ports.mjs';
import { BINARY } from '../lib/server.mjs';
import { until } from '../lib/until.mjs';

const CONTAINERFILE = readFileSync(fileURLToPath(new URL('../../deploy/Containerfile', import.meta.url)), 'utf8');

/** The libraries of gcr.io/distroless/cc-debian12 that a program may be linked to; Debian 12 has glibc 2.36. */
const LIBRARIES = /^(ld-linux-[\w-]+\.so\.2|lib(c|m|dl|rt|pthread|util|resolv)\.so\.\d+|libgcc_s\.so\.1|libstdc\+\+\.so\.6|libgomp\.so\.1)$/;
const GLIBC = 36;

const reason =
  (process.platform !== 'linux' && 'this is not Linux') ||
  (process.getuid() !== 0 && 'only root may change its root folder') ||
  missing('ldd', '--version') ||
  missing('setpriv', '--version');

test('the files of the image are enough, and its user needs no right', { skip: reason, timeout: 120_000 }, async () => {
  const libraries = linkedTo(BINARY);
  for (const path of libraries) assert.match(path.split('/').at(-1), LIBRARIES, 'the image has no such library');
  const versions = [...readFileSync(BINARY, 'latin1').matchAll(/GLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor));
  assert.ok(Math.max(...versions) <= GLIBC, `the binary asks for glibc 2.${Math.max(...versions)}; the image has 2.${GLIBC}`);

  const root = await mkdtemp(join(tmpdir(), 'parlour-image-'));
  await chmod(root, 0o755);
  let child;
  try {
    const user = 65532;
    const [binary] = /ENTRYPOINT \["([^"]+)"\]/.exec(CONTAINERFILE).slice(1);
    assert.match(CONTAINERFILE, new RegExp(`USER ${user}:${user}`));
    const environment = Object.fromEntries(/^ENV (.*)$/m.exec(CONTAINERFILE)[1].split(' ').map((setting) => setting.split('=')));
    for (const path of [...libraries, BINARY]) {
      const place = join(root, path === BINARY ? binary : path);
      await mkdir(dirname(place), { recursive: true });
      await copyFile(path, place);
    }
    const state = join(root, environment.PARLOUR_STATE_DIR);
    await mkdir(dirname(state), { recursive: true });
    await mkdir(state, { mode: 0o700 });
    await chown(state, user, user);

    // A change of the user from root takes all rights, and --no-new-privs every way to get one back.
    const enter = ['--no-new-privs', 'chroot', `--userspec=${user}:${user}`, root];
    // By variables, as the guide has it: the check of the image is given them, too, and no arguments.
    const [port] = await freePorts(1);
    const env = { ...environment, PARLOUR_LISTEN: `[::]:${port}`, PARLOUR_TURN_LISTEN: '127.0.0.1:0', PATH: process.env.PATH };
    const check = JSON.parse(/^HEALTHCHECK .* CMD (\[.*\])$/m.exec(CONTAINERFILE)[1]);
    const healthy = () => {
      const { status, stdout } = spawnSync('setpriv', [...enter, ...check], { env, encoding: 'utf8' });
      return { status, stdout };
    };
    assert.match(healthy().stdout, /^down: /, 'before it runs');
    child = spawn('setpriv', [...enter, binary], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    const url = await until(
      async () => {
        if (child.exitCode !== null) throw new Error(`it ended with exit code ${child.exitCode}`);
        const url = output.match(/Parlour is open at (\S+)\n/)?.[1];
        return url && (await fetch(`${url}/healthz`)).ok && url;
      },
      () => `The server did not open:\n${output}`,
    );
    assert.equal(healthy().status, 0, healthy().stdout);
    const page = await (await fetch(`${url}/team-7`)).text();
    const program = page.match(/[^"']*\.wasm/)[0];
    assert.equal((await fetch(new URL(program, url))).headers.get('content-type'), 'application/wasm', 'the page has its program');

    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    for (const kind of ['CapPrm', 'CapEff', 'CapAmb']) assert.match(status, new RegExp(`^${kind}:\\s0+$`, 'm'), 'no right is left');
    assert.match(status, /^NoNewPrivs:\s1$/m);
    assert.match(status, new RegExp(`^Uid:\\s${user}\\s`, 'm'));
    assert.deepEqual(await readdir(state), ['seat.key'], 'the volume holds what is kept');
    assert.equal((await stat(join(state, 'seat.key'))).mode & 0o777, 0o600);

    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    assert.deepEqual(await exited, [0, null], `it ends well:\n${output}`);
    assert.equal(healthy().status, 1, 'after it ended');
  } finally {
    if (child?.exitCode === null) child.kill('SIGKILL');
    await rm(root, { recursive: true, force: true });
  }
});

/** The files that the loader brings for this program, itself included. */
function linkedTo(program) {
  const said = execFileSync('ldd', [program]).toString();
  return [...said.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, path]) => path);
}
