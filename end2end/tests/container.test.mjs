// The last stage of deploy/Containerfile without a container engine: a root that holds the binary and nothing else, and in it
// the binary as a user without any right. With podman, also the image itself, built and run with the lines of docs/DEPLOY.md.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, chown, copyFile, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { NAME, startEngine } from '../lib/engine.mjs';
import { missing } from '../lib/front.mjs';
import { freePorts } from '../lib/ports.mjs';
import { BINARY } from '../lib/server.mjs';
import { until } from '../lib/until.mjs';

const read = (path) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
const CONTAINERFILE = read('deploy/Containerfile');

/** The lines of the guide's chapter "In a container", block by block. */
const [, CHAPTER] = /^## In a container$([^]*?)^## /m.exec(read('docs/DEPLOY.md'));
const GUIDE = [...CHAPTER.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, lines]) => lines);

/** Whether no loader has to find libraries for it. */
const isStatic = (binary) => /statically linked/.test(spawnSync('ldd', [binary], { encoding: 'utf8' }).stdout);

const reason =
  (process.platform !== 'linux' && 'this is not Linux') ||
  (process.getuid() !== 0 && 'only root may change its root folder') ||
  missing('ldd', '--version') ||
  missing('setpriv', '--version') ||
  (existsSync(BINARY) && !isStatic(BINARY) && 'this binary is linked to libraries of this machine; `make dist` builds a static one and tries it');

test('the binary needs no other file, and its user no right', { skip: reason, timeout: 240_000 }, async () => {
  const root = await mkdtemp(join(tmpdir(), 'parlour-image-'));
  await chmod(root, 0o755);
  let child;
  try {
    const user = 65532;
    const [binary] = /ENTRYPOINT \["([^"]+)"\]/.exec(CONTAINERFILE).slice(1);
    assert.match(CONTAINERFILE, new RegExp(`USER ${user}:${user}`));
    const environment = Object.fromEntries(/^ENV (.*)$/m.exec(CONTAINERFILE)[1].split(' ').map((setting) => setting.split('=')));
    await copyFile(BINARY, join(root, binary));
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

const engine = reason ? { reason } : await startEngine(CONTAINERFILE, BINARY);

test('podman builds the image and runs it, as the guide says', { skip: engine.reason, timeout: 240_000 }, async () => {
  const [guide] = GUIDE;
  // Seats are kept from the first moment on here, not only those that have lived.
  const first = guide.replace(/ parlour\n$/, ' -e PARLOUR_GRACE_AFTER=0 parlour\n');
  assert.notEqual(first, guide);
  assert.match(guide, /^podman build .*\n(.*\\\n)*podman run -d --name parlour .*--network host --read-only --cap-drop all/m);
  const said = () => engine.sh('podman logs parlour 2>&1');
  const healthy = () => until(() => engine.attempt('podman healthcheck run parlour').code === 0, said);
  engine.sh(first);
  await healthy();
  assert.match(engine.sh('podman ps'), /\(healthy\)/);

  const size = Number(engine.sh("podman image inspect parlour --format '{{.Size}}'"));
  assert.ok(size < 15_000_000, `the image has ${size} bytes`);
  const page = engine.run('curl', '-sf', 'http://127.0.0.1:3000/team-7');
  assert.match(page, /\.wasm/, 'the page names its program');
  const show = (format) => engine.sh(`podman inspect parlour --format '${format}'`).trim();
  const pid = show('{{.State.Pid}}');
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  for (const kind of ['CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) assert.match(status, new RegExp(`^${kind}:\\s0+$`, 'm'), 'no right is left');
  assert.match(status, /^NoNewPrivs:\s1$/m);
  assert.match(status, /^Uid:\s65532\s65532\s/m);
  assert.match(readFileSync(`/proc/${pid}/mountinfo`, 'utf8'), /^\d+ \d+ \S+ \S+ \/ ro,/m, 'its root is read-only');
  const volume = engine.sh("podman volume inspect parlour --format '{{.Mountpoint}}'").trim();
  const { mode, uid } = await stat(volume);
  assert.deepEqual({ mode: mode & 0o777, uid }, { mode: 0o700, uid: 65532 }, 'the state is its own');

  // Its exit code is about the proxy, too, which is not here.
  const flags = `--listen 127.0.0.1:3000 --turn-listen [::]:3478 --public-url https://${NAME}`;
  const told = engine.attempt(`${BINARY} doctor --json ${flags}`).said.trim().split('\n');
  for (const wanted of ['signaling', 'relay-udp', 'relay-tcp']) {
    const found = told.map((line) => JSON.parse(line)).filter(({ check }) => check === wanted);
    assert.ok(found.length > 0 && found.every(({ verdict }) => verdict === 'ok'), told.join('\n'));
    if (wanted !== 'signaling') assert.match(found[0].sentence, new RegExp(NAME), 'people are told where the host is');
  }

  const seats = (...args) => JSON.parse(engine.run(process.execPath, '--experimental-websocket', '--no-warnings', '-e', SEATS, ...args));
  const ada = seats('Ada');
  const ben = seats('Ben');
  assert.deepEqual([ada.joined.peers.length, ben.joined.peers.length], [0, 1], 'two seats are taken in one room');
  const key = readFileSync(join(volume, 'seat.key'));

  const begun = performance.now();
  engine.sh('podman stop parlour');
  assert.ok(performance.now() - begun < 5_000, 'it ends by itself within 5 s');
  assert.equal(show('{{.State.Status}} {{.State.ExitCode}}'), 'exited 0', said());
  engine.sh('podman start parlour');
  await healthy();
  assert.deepEqual(seats('Ada', ada.joined['resume-token']).joined?.you, ada.joined.you, 'her place is hers after a restart');

  // An update: another container with the same volume.
  engine.sh(`podman stop parlour && podman rm parlour\n${first}`);
  await healthy();
  assert.deepEqual(seats('Ben', ben.joined['resume-token']).joined?.you, ben.joined.you, 'his place is his after an update');
  assert.deepEqual(readFileSync(join(volume, 'seat.key')), key);

  const wrong = engine.attempt('podman run --rm --network host parlour --lisen 3000');
  assert.equal(wrong.code, 2, wrong.said);
  assert.match(wrong.said, /^parlour: unexpected argument '--lisen'/m);
  engine.sh('podman rm -f parlour');
});

/** Takes a seat, or takes it back with its resume token, and says what the server answered. The socket is lost, not closed. */
const SEATS = `
const [name, secret] = process.argv.slice(1);
const socket = new WebSocket('ws://127.0.0.1:3000/ws', 'parlour.v1+json');
const resume = secret ? { token: secret, received: 0, known: [] } : null;
socket.onopen = () => socket.send(JSON.stringify({ join: { room: 'team-7', name, resume } }));
socket.onerror = ({ message }) => { console.error(message); process.exit(1); };
socket.onmessage = ({ data }) => {
  const message = JSON.parse(data);
  if (!message.joined && !message.error) return;
  process.stdout.write(data, () => process.exit(0));
};`;
