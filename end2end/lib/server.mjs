// One Parlour server for one test file: the real binary on a free port of the loopback interface.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { until } from './until.mjs';

/** The binary under test. */
export const BINARY = process.env.PARLOUR_BIN ?? fileURLToPath(new URL('../../target/release/parlour', import.meta.url));

/** How long the server may take to end after SIGTERM, in milliseconds. */
const GRACE = 5_000;

/**
 * Starts the server with these flags and waits until it answers.
 *
 * @param {string[]} [flags]
 * @returns {Promise<{ url: string, port: string, output: () => string, stop: () => Promise<void> }>}
 */
export async function startServer(flags = []) {
  if (!existsSync(BINARY)) {
    throw new Error(`There is no server at ${BINARY}. Build it (make run does), or name it in PARLOUR_BIN.`);
  }
  const environment = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('PARLOUR_')));
  const child = spawn(BINARY, ['--listen', '127.0.0.1:0', ...flags], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const exited = once(child, 'exit');
  exited.catch((error) => (output += error.message));

  const url = await until(
    async () => {
      if (child.exitCode !== null) throw new Error(`it ended with exit code ${child.exitCode}`);
      const found = output.match(/http:\/\/(localhost|[\d.]+):[1-9]\d*/)?.[0];
      return found && (await fetch(`${found}/healthz`)).ok && found;
    },
    () => `The server never said where it listens, or does not answer there. It said:\n${output}`,
  );

  return {
    url,
    port: new URL(url).port,
    output: () => output,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(`The server was gone before the end of the test (${child.exitCode ?? child.signalCode}):\n${output}`);
      }
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), GRACE);
      const [code, signal] = await exited;
      clearTimeout(late);
      if (code !== 0) throw new Error(`The server did not end well after SIGTERM (${code ?? signal}). It said:\n${output}`);
      if (/panicked at/.test(output)) throw new Error(`The server panicked:\n${output}`);
    },
  };
}
