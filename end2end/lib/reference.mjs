// The reference's server, on free ports.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { until } from './until.mjs';

/**
 * Starts it, and waits until both its ports answer.
 *
 * @param {string} folder with its packages installed
 * @param {{ host?: { v4: string, enter: Function, run: Function } }} [options] where to run; here by default
 */
export async function startReference(folder, { host } = {}) {
  const [port, peerPort] = [await freePort(), await freePort()];
  const program = host ? host.enter(process.execPath) : process.execPath;
  const child = spawn(program, ['server.js'], {
    cwd: folder,
    env: { ...process.env, NODE_ENV: 'production', PORT: String(port), PEER_PORT: String(peerPort) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exited = once(child, 'exit');
  process.once('exit', () => child.kill());
  const listens = (at) => (host ? listensThere(host, at) : listensHere(at));
  await until(
    async () => (await listens(port)) && (await listens(peerPort)),
    () => 'The reference does not start.',
  );
  return {
    url: `http://${host?.v4 ?? '127.0.0.1'}:${port}`,
    async stop() {
      const isGone = child.exitCode !== null || child.signalCode !== null;
      child.kill();
      const [code, signal] = await exited;
      if (isGone) throw new Error(`The reference was gone before the end (${code ?? signal}).`);
    },
  };
}

function listensHere(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket.destroy()));
    socket.on('error', () => resolve(false));
  });
}

function listensThere(host, port) {
  return host.run('ss', '-Hltn', `sport = :${port}`).trim() !== '';
}

/** A free port below those that the system gives to connections: one of those may be taken again before it is used. */
async function freePort() {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const server = createServer();
    const free = await new Promise((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, () => resolve(true));
    });
    if (free) {
      await new Promise((resolve) => server.close(resolve));
      return port;
    }
  }
}
