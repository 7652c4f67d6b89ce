// A development loop as a developer starts it: one command in the checkout, which builds, serves, and builds again.

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '../lib/until.mjs';

/** The checkout. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** How long a build may take from nothing on a small machine, and how long after an edit; in milliseconds. */
export const FIRST_BUILD = 25 * 60_000;
export const NEXT_BUILD = 5 * 60_000;

/** How long a loop may take to end, in milliseconds. */
const GRACE = 20_000;

/** How much of what a loop says is told when it fails, in characters. */
const TOLD = 4_000;

/**
 * Starts a loop in a process group of its own.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {Record<string, string>} [env]
 */
export function startLoop(command, args, env = {}) {
  // Whatever server it starts writes nothing into the home folder.
  const state = mkdtempSync(join(tmpdir(), 'parlour-state-'));
  const child = spawn(command, args, {
    cwd: ROOT,
    detached: true,
    env: { ...process.env, NO_COLOR: 'true', PARLOUR_STATE_DIR: state, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  let failed;
  const ended = new Promise((resolve) => {
    child.once('exit', resolve);
    child.once('error', (error) => resolve((failed = error)));
  });
  const line = [command, ...args].join(' ');
  const said = () => `\`${line}\` said at the end:\n${output.slice(-TOLD)}`;
  const signal = (name) => {
    try {
      process.kill(-child.pid, name);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  };
  return {
    said,
    /** Waits until the loop serves all of these, or has ended. */
    async serves(urls, within) {
      await until(
        async () => {
          if (failed || child.exitCode !== null) return true;
          const answers = await Promise.all(urls.map((url) => fetch(url)));
          return answers.every((answer) => answer.ok);
        },
        () => `${urls.join(', ')} should be served by now. ${said()}`,
        { within },
      );
      if (failed) throw new Error(`\`${line}\` could not be started (make setup installs it): ${failed.message}`);
      if (child.exitCode !== null) throw new Error(`\`${line}\` ended with exit code ${child.exitCode}. ${said()}`);
    },
    /** Ends it as Ctrl-C does. Nothing of it may go on serving at this address. */
    async stop(url) {
      if (failed) return;
      signal('SIGINT');
      const late = setTimeout(() => signal('SIGKILL'), GRACE);
      await ended;
      clearTimeout(late);
      // What it started and did not take along.
      signal('SIGKILL');
      rmSync(state, { recursive: true, force: true });
      await until(
        () => fetch(url).then(() => false, () => true),
        () => `\`${line}\` has ended, but something of it still answers at ${url}.`,
      );
    },
  };
}

/** Files that a test edits, to be put back as they were. */
export function editor() {
  const originals = new Map();
  return {
    append(path, text) {
      const before = readFileSync(`${ROOT}${path}`, 'utf8');
      if (!originals.has(path)) originals.set(path, before);
      writeFileSync(`${ROOT}${path}`, before + text);
    },
    restore() {
      for (const [path, text] of originals) writeFileSync(`${ROOT}${path}`, text);
    },
  };
}

/** Leaves a mark on the page that a reload wipes out. */
export const mark = (person) => person.tab.run(() => void (window.unchangedSince = performance.now()));

/** Waits until the page has been loaded again by itself. */
export async function isReloaded(person, why, loop) {
  await until(
    async () => (await person.tab.run(() => window.unchangedSince)) === undefined,
    () => `${person.name}'s page should have reloaded itself after ${why}. ${loop.said()}`,
    { within: NEXT_BUILD },
  );
}

/** Waits until this address gives a text that holds this. */
export async function gives(url, part, loop) {
  await until(
    async () => (await (await fetch(url)).text()).includes(part),
    () => `${url} should hold "${part}" by now. ${loop.said()}`,
    { within: NEXT_BUILD },
  );
}
