// A container engine, podman, with what a new user of it would have: the base images of deploy/Containerfile under their own names. They
// are laid by hand from this machine's files, so nothing is fetched: a compiler that has built already, and what its tools need.
//
// It runs on a host of its own (a network namespace) and keeps its images in a folder that ends with this process.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, realpath, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { missing } from './front.mjs';
import { namespaces } from './namespaces.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The address of the engine's host. It looks public, as the server's relay demands, and never leaves the namespaces. */
const HOST = '25.0.7.1';
/** Its name there, as docs/DEPLOY.md has it. */
export const NAME = 'calls.example.org';
const OUTSIDE = '25.0.7.2';

/** The files that the loader brings for this program, itself included. */
export function linkedTo(program) {
  const said = execFileSync('ldd', [program]).toString();
  return [...said.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, path]) => path);
}

/**
 * Starts an engine.
 *
 * @param {string} containerfile the text of deploy/Containerfile
 * @param {string} binary what `make dist` builds in it
 * @returns {Promise<object>} the engine, or `{ reason }` why there can be none
 */
export async function startEngine(containerfile, binary) {
  const lacking = (process.getuid?.() !== 0 && 'only root may make hosts') || missing('podman', '--version');
  if (lacking) return { reason: lacking };
  try {
    const { make, folder } = namespaces();
    const [host, outside] = [make('host'), make('outside')];
    host.ip('link', 'add', 'wire', 'type', 'veth', 'peer', 'name', 'wire', 'netns', outside.name);
    for (const [end, own, other] of [[host, HOST, OUTSIDE], [outside, OUTSIDE, HOST]]) {
      end.ip('addr', 'add', `${own}/24`, 'dev', 'wire');
      end.ip('link', 'set', 'wire', 'up');
      end.ip('route', 'add', 'default', 'via', other);
    }
    const files = await enter(host.name, folder);
    const engine = {
      outside,

      /** Runs lines of a guide as they are, in the checkout, with this engine as podman. Returns what they wrote. */
      sh: (lines) => inside(files, ['sh', '-euc', lines], { cwd: ROOT, path: folder }),

      /** The same, for a line that may fail: its exit code, and all that it said. */
      attempt(line) {
        try {
          return { code: 0, said: engine.sh(`${line} 2>&1`) };
        } catch (error) {
          return { code: error.status, said: String(error.stdout) };
        }
      },

      /** Runs a program on this host, outside of every container. */
      run: (...command) => inside(files, command, { cwd: ROOT, path: folder }),
    };
    await writePodman(folder);
    const [compiler] = await layBases(engine, join(folder, 'bases'), containerfile, binary);
    // What is asked of a container later. Where it cannot be done here, Parlour has no part in it.
    engine.sh(`podman run --rm --network host --read-only --cap-drop all --security-opt no-new-privileges ${compiler} sh -c :`);
    return engine;
  } catch (error) {
    return { reason: `podman cannot be used here: ${String(error.stderr || error.message).trim().split('\n').at(-1)}` };
  }
}

/**
 * A process of the namespace with mounts of its own, which the engine's containers share, so that nothing stays mounted. cgroups
 * are laid out in the one way that every engine knows, where this machine has two side by side.
 */
async function enter(name, folder) {
  const cgroups = '[ ! -d /sys/fs/cgroup/unified ] || { umount -R /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup; }';
  // Not `ip netns exec`: it hides all cgroups.
  const names = `{ cat /etc/hosts; echo ${HOST} ${NAME}; } >${folder}/hosts; mount --bind ${folder}/hosts /etc/hosts`;
  const holder = spawn('nsenter', [`--net=/run/netns/${name}`, 'unshare', '-m', 'sh', '-c', `${cgroups}; ${names}; echo ready; exec cat`]);
  holder.unref();
  for (const stream of [holder.stdin, holder.stdout, holder.stderr]) stream.unref?.();
  const [said] = await Promise.race([once(holder.stdout, 'data'), once(holder, 'exit')]);
  if (!/ready/.test(said)) throw new Error('no mounts of its own');
  return holder.pid;
}

function inside(pid, command, { cwd, path }) {
  return execFileSync('nsenter', ['-t', pid, '-m', '-n', `--wd=${cwd}`, ...command], {
    env: { ...process.env, PATH: `${path}:${process.env.PATH}` },
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
}

/** `podman` with a store of its own, and without what a sandbox may refuse to root: cgroups, and higher limits than one's own. */
async function writePodman(folder) {
  const podman = execFileSync('sh', ['-c', 'command -v podman'], { encoding: 'utf8' }).trim();
  const script = `#!/bin/sh
verb=$1
shift
case $verb in
build) set -- --isolation chroot "$@" ;;
run) set -- --cgroups=disabled --ulimit nofile=4096:4096 --ulimit nproc=1000:1000 "$@" ;;
esac
exec ${podman} --root ${folder}/store --runroot ${folder}/run --tmpdir ${folder}/tmp --cgroup-manager cgroupfs "$verb" "$@"
`;
  await writeFile(join(folder, 'podman'), script);
  await chmod(join(folder, 'podman'), 0o755);
}

/** Builds the base images of the stages that have one, and returns their names: of the compiler, of Node. */
async function layBases(engine, folder, containerfile, binary) {
  const stages = [...containerfile.matchAll(/^FROM (\S+)(?: AS (\w+))?$/gm)];
  const named = (stage) => stages.find(([, , name]) => name === stage)[1];
  const names = [named('build'), named('node')];

  const compiler = join(folder, 'compiler');
  for (const tool of ['sh', 'ln', 'mkdir', 'cp']) {
    const path = await realpath(execFileSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).trim());
    await lay(compiler, path, `/bin/${tool}`);
    for (const library of linkedTo(path)) await lay(compiler, library);
  }
  await lay(compiler, binary, '/built');
  // Not without what a build needs, and not with what was built outside.
  const make = `#!/bin/sh
set -eu
[ "$*" = dist ] && [ -e Cargo.lock ] && [ -e scripts/build.sh ] && [ -e crates/server/src/main.rs ] && [ -e .git ]
[ ! -e target ] && [ ! -e end2end/node_modules ]
mkdir dist
cp /built dist/parlour
`;
  await mkdir(join(compiler, 'tmp'));
  await writeFile(join(compiler, 'bin/make'), make, { mode: 0o755 });

  const node = join(folder, 'node');
  await mkdir(join(node, 'usr/local/bin'), { recursive: true });
  await mkdir(join(node, 'usr/local/lib/node_modules/npm/bin'), { recursive: true });
  await writeFile(join(node, 'usr/local/bin/node'), '');

  const path = 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  for (const [index, from] of [compiler, node].entries()) {
    await writeFile(`${from}.containerfile`, `FROM scratch\nCOPY . /\n${path}\n`);
    engine.sh(`podman build -q --format docker -f ${from}.containerfile -t ${names[index]} ${from}`);
  }
  return names;
}

/** Copies a file of this machine into a root, by default to where it is here. */
async function lay(root, path, to = path) {
  const place = join(root, to);
  if (existsSync(place)) return;
  await mkdir(dirname(place), { recursive: true });
  await copyFile(path, place);
}
