// How long it takes until others see what somebody does in a call: the rows "in the call" of `make bench`. docs/BENCHMARKS.md says how it is
// measured.
//
// usage: node in-call.mjs [--rounds N] [--bin FILE] [--write FILE]
//
// The exit code is 3 if a row is missed, and 2 if nothing can be measured.

import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { existsSync } from 'node:fs';
import { newRoom, Person } from './lib/person.mjs';
import { screen } from './lib/screen.mjs';
import { BINARY, startServer } from './lib/server.mjs';

const EXECUTABLE = process.env.PARLOUR_CHROMIUM ?? '/usr/bin/chromium';
const { launchChromium } = await import('./lib/chromium.mjs').catch(({ message }) => nothing(message));
if (!existsSync(EXECUTABLE)) nothing(`there is no browser at ${EXECUTABLE}`);

const BEGIN = '<!-- in the call, written by `make bench`: begin -->';
const END = '<!-- in the call, written by `make bench`: end -->';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '11' },
    bin: { type: 'string', default: BINARY },
    write: { type: 'string' },
  },
});
const rounds = Number(options.rounds);

/** Milliseconds since 1970 on the clock that all pages of this machine share. */
const clock = () => {
  window.clock = () => performance.timeOrigin + performance.now();
};

const server = await startServer([], { binary: options.bin });
const chromium = await launchChromium();
const people = [];
try {
  const room = newRoom();
  for (const name of ['Ada', 'Ben']) {
    const someone = new Person(name, await chromium.tab({ setup: [[clock], [screen, {}]] }), `${server.url}/${room}`);
    await someone.enters();
    people.push(someone);
  }
  const [ada, ben] = people;
  await Promise.all([ada.sees('Ben'), ben.sees('Ada')]);

  const shares = [];
  for (let round = 0; round < rounds; round += 1) {
    await ada.tab.run(() => {
      const native = MediaDevices.prototype.getDisplayMedia;
      window.given = new Promise((resolve) => {
        MediaDevices.prototype.getDisplayMedia = async function noted(...args) {
          MediaDevices.prototype.getDisplayMedia = native;
          const stream = await native.apply(this, args);
          resolve(window.clock());
          return stream;
        };
      });
    });
    const seen = ben.tab.run(
      () =>
        new Promise((resolve) => {
          const watch = () => {
            const video = document.querySelector('.tile.screen video');
            if (!video) return setTimeout(watch, 1);
            return video.requestVideoFrameCallback(() => resolve(window.clock()));
          };
          watch();
        }),
    );
    await ada.clicks('Share screen');
    shares.push((await seen) - (await ada.tab.run(() => window.given)));
    await ada.clicks('Stop sharing');
    await ben.tab.run(
      () =>
        new Promise((resolve) => {
          const gone = () => (document.querySelector('.tile.screen') ? setTimeout(gone, 10) : resolve());
          gone();
        }),
    );
  }

  const lines = [];
  await ada.clicks('Chat');
  await ben.clicks('Chat');
  for (let round = 0; round < rounds; round += 1) {
    const text = `line ${round}`;
    const read = ben.tab.run(
      (wanted) =>
        new Promise((resolve) => {
          const look = () => document.querySelector('#chat').innerText.includes(wanted) && resolve(window.clock());
          new MutationObserver(look).observe(document.querySelector('#chat'), { childList: true, subtree: true, characterData: true });
        }),
      text,
    );
    await ada.tab.fill('Write to everyone', text);
    await ada.tab.run(() => {
      document.querySelector('#chat textarea').addEventListener('keydown', () => (window.pressed = window.clock()), { once: true, capture: true });
    });
    await ada.tab.press('Enter');
    lines.push((await read) - (await ada.tab.run(() => window.pressed)));
  }

  const rows = [
    ['A shared screen: from the browser\'s track to the first frame at the other', shares, 400],
    ['A line of the chat: from Enter to the other\'s page', lines, 50],
  ].map(([what, times, most]) => ({ what, median: median(times), slowest: Math.max(...times), most }));
  const table = [
    '| what | median | slowest | must be |',
    '|---|---|---|---|',
    ...rows.map(({ what, median, slowest, most }) => `| ${what} | ${median.toFixed(0)} ms | ${slowest.toFixed(0)} ms | ≤ ${most} ms |`),
    '',
    `${rounds} rounds, both people in one Chromium, ${cpus().length} cores.`,
  ].join('\n');
  console.log(table);
  if (options.write) {
    const text = await readFile(options.write, 'utf8');
    const [before, rest] = text.split(BEGIN);
    const after = rest?.split(END)[1];
    if (after === undefined) throw new Error(`${options.write} has no marks for this table`);
    await writeFile(options.write, `${before}${BEGIN}\n${table}\n${END}${after}`);
  }
  if (rows.some(({ median, most }) => median > most)) process.exitCode = 3;
} finally {
  await chromium.close();
  await server.stop();
}

function nothing(why) {
  console.error(`nothing can be measured: ${why} (scripts/setup.sh browsers)`);
  process.exit(2);
}

function median(times) {
  return times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)];
}
