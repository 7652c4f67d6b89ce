// One Parlour server for one test file: the real binary on a free port of the loopback interface, with a folder of its
// own for its state. It can be killed and started again, and is the same server then.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createHash, X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from './ports.mjs';
import { until } from './until.mjs';

/** The binary under test. */
export const BINARY = process.env.PARLOUR_BIN ?? fileURLToPath(new URL('../../target/release/parlour', import.meta.url));

/** What `/metrics` of a running server says of this number. */
export async function metric(server, name) {
  const text = await (await fetch(server.metrics())).text();
  const line = text.split('\n').find((line) => line.startsWith(`${name} `));
  assert.ok(line, `no ${name} in:\n${text}`);
  return Number(line.split(' ')[1]);
}

/** How long the server may take to end after SIGTERM, in milliseconds. */
const GRACE = 5_000;

/**
 * Starts the server with these flags and waits until it answers.
 *
 * @param {string[]} [flags]
 * @param {object} [options]
 * @param {string} [options.address] where to listen: an IPv4 address of this machine, or any address of a host of network.mjs
 * @param {number} [options.port] one that must be named where `flags` make the server print another address than that, or it is asked elsewhere
 * @param {boolean} [options.tls] with HTTPS and a certificate that the server signs itself
 * @param {{ enter: Function, fetch: Function }} [options.host] where to run; here by default
 * @param {string} [options.asked] where it is asked whether it is well, if not where it says that it listens
 * @param {string} [options.binary] another binary than the one under test
 */
export async function startServer(flags = [], { address = '127.0.0.1', port = 0, tls = false, host, asked, binary = BINARY } = {}) {
  if (!existsSync(binary)) {
    throw new Error(`There is no server at ${binary}. Build it (make run does), or name it in PARLOUR_BIN.`);
  }
  // The relay is on, as by default; tests run side by side, so not at its usual port.
  const [free] = await freePorts(1);
  const named = flags.indexOf('--turn-listen');
  const relay = named < 0 ? `${address}:${free}` : flags[named + 1];
  const state = await mkdtemp(join(tmpdir(), 'parlour-state-'));
  let output = '';
  let running = await launch(port);
  const { url } = running;
  const certificate = tls ? await selfSigned(state) : undefined;

  /** Runs the binary until it answers. */
  async function launch(port) {
    const environment = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('PARLOUR_')));
    const turn = named < 0 ? ['--turn-listen', relay] : [];
    const secure = tls ? ['--tls', 'self-signed'] : [];
    const program = host ? host.enter(binary) : binary;
    // Tests cut sockets as soon as they have them, and count what goes on.
    const usual = [['--grace-after', '0'], ['--metrics-listen', `${address}:0`]].filter(([flag]) => binary === BINARY && !flags.includes(flag));
    const child = spawn(program, ['--listen', `${address}:${port}`, '--state-dir', state, ...usual.flat(), ...turn, ...secure, ...flags], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        said += chunk;
        output += chunk;
      });
    }
    // Not beyond this process, however that ends.
    const end = () => child.kill('SIGKILL');
    process.once('exit', end);
    child.once('exit', () => process.off('exit', end));
    const exited = once(child, 'exit');
    exited.catch((error) => (output += error.message));
    const found = await until(
      async () => {
        if (child.exitCode !== null) throw new Error(`it ended with exit code ${child.exitCode}`);
        const open = said.match(/Parlour is open at (\S+)\n/)?.[1];
        const isHere = /^https?:\/\/(localhost|[\d.]+):[1-9]\d*$/.test(open);
        const at = isHere ? open : `http${tls ? 's' : ''}://${address}:${port}`;
        const answers = host ? async (url) => (await host.fetch(`${url}/healthz`)).ok : (url) => isWell(url, state);
        return open && (await answers(asked ?? at)) && (asked ?? at);
      },
      () => `The server never said where it listens, or does not answer there. It said:\n${output}`,
      { between: 10 },
    );
    const metrics = said.match(/Its numbers are at (\S+)\n/)?.[1];
    return { child, exited, url: found, metrics, isGone: () => child.exitCode !== null || child.signalCode !== null };
  }

  /** Ends it with SIGTERM, as an operator does. */
  async function terminate() {
    running.child.kill('SIGTERM');
    const late = setTimeout(() => running.child.kill('SIGKILL'), GRACE);
    const [code, signal] = await running.exited;
    clearTimeout(late);
    if (code !== 0) throw new Error(`The server did not end well after SIGTERM (${code ?? signal}). It said:\n${output}`);
  }

  return {
    url,
    port: new URL(url).port,
    /** Where its relay is. */
    relay,
    /** With HTTPS: its certificate in PEM, and what browsers know its key by (`spki`, SHA-256 in base64). */
    certificate,
    /** Where its numbers are; another place after each start. */
    metrics: () => running.metrics,
    /** All that it has said, over all its starts. */
    output: () => output,

    /** Ends it in this way, and waits until it is gone. */
    async kill(signal = 'SIGKILL') {
      if (signal === 'SIGTERM') return terminate();
      running.child.kill(signal);
      await running.exited;
    },

    /** Starts it again on the same port, with the same state; ends when it answers. Does nothing while it runs. */
    async restart() {
      if (running.isGone()) running = await launch(port || new URL(url).port);
    },

    async stop() {
      try {
        if (running.isGone()) {
          const { exitCode, signalCode } = running.child;
          throw new Error(`The server was gone before the end of the test (${exitCode ?? signalCode}):\n${output}`);
        }
        await terminate();
        if (/panicked at/.test(output)) throw new Error(`The server panicked:\n${output}`);
      } finally {
        await rm(state, { recursive: true, force: true });
      }
    },
  };
}

/** The certificate that a server keeps in this folder. */
async function selfSigned(state) {
  const pem = (await readFile(join(state, 'tls', 'self-signed.pem'), 'utf8')).match(/-----BEGIN CERTIFICATE-----[^]*/)[0];
  const key = new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' });
  return { pem, spki: createHash('sha256').update(key).digest('base64') };
}

/** Whether the server says that it is well. */
async function isWell(url, state) {
  if (url.startsWith('http:')) return (await fetch(`${url}/healthz`)).ok;
  const { pem: ca } = await selfSigned(state);
  const { statusCode } = await new Promise((resolve, reject) => {
    get(`${url}/healthz`, { ca }, (answer) => resolve(answer.resume())).on('error', reject);
  });
  return statusCode === 200;
}
