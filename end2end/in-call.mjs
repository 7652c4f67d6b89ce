// How long it takes until others see what somebody does in a call: the rows "in the call" of `make bench`. docs/BENCHMARKS.md says how it is
// measured.
//
// usage: node in-call.mjs [--rounds N] [--megabytes N] [--bin FILE] [--write FILE]
//
// The exit code is 3 if a row is missed, and 2 if nothing can be measured.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { existsSync } from 'node:fs';
import { memoryOf, randomFile, sendBare, sendInParlour } from './lib/file-race.mjs';
import { newRoom, Person } from './lib/person.mjs';
import { screen } from './lib/screen.mjs';
import { shareOfFive } from './lib/share-of-five.mjs';
import { BINARY, startServer } from './lib/server.mjs';

const EXECUTABLE = process.env.PARLOUR_CHROMIUM ?? '/usr/bin/chromium';
const { launchChromium } = await import('./lib/chromium.mjs').catch(({ message }) => nothing(message));
if (!existsSync(EXECUTABLE)) nothing(`there is no browser at ${EXECUTABLE}`);

const BEGIN = '<!-- in the call, written by `make bench`: begin -->';
const END = '<!-- in the call, written by `make bench`: end -->';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '11' },
    megabytes: { type: 'string', default: '1024' },
    bin: { type: 'string', default: BINARY },
    write: { type: 'string' },
  },
});
const rounds = Number(options.rounds);
const megabytes = Number(options.megabytes);

/** A call that has just begun grows for some seconds by itself, by 80 MiB and more. In milliseconds. */
const SETTLED = 20_000;

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

  const pointers = await pointed(ada, ben);
  const file = await raced();
  const five = await inABrowserOfTheirOwn((browser) => shareOfFive(browser, server.url));

  const rows = [
    ['A shared screen: from the browser\'s track to the first frame at the other', shares, 400],
    ['A line of the chat: from Enter to the other\'s page', lines, 50],
  ].map(([what, times, most]) => ({ what, median: median(times), slowest: Math.max(...times), most }));
  rows.push({ what: 'Pointing: from the mouse to the other\'s page, 95 of 100', median: nth(pointers, 0.95), slowest: Math.max(...pointers), most: 60 });
  const table = [
    '| what | median | slowest | must be |',
    '|---|---|---|---|',
    ...rows.map(({ what, median, slowest, most }) => `| ${what} | ${median.toFixed(0)} ms | ${slowest.toFixed(0)} ms | ≤ ${most} ms |`),
    `| A file of ${megabytes} MB: rate beside a bare data channel that hashes too | ${file.ratio.toFixed(2)} | ${file.rate.toFixed(0)} MB/s of ${file.bare.toFixed(0)} | ≥ 0.5 |`,
    `| The same: memory of the browser, at its most beside before | ${file.memory.toFixed(0)} MiB | | ≤ 64 MiB |`,
    `| Five people, one shares 1280×720: frames a second of it, at the one who gets fewest | ${five.frames.toFixed(1)} | ${five.size} | ≥ 3 |`,
    `| The same: contrast that a checkerboard of two pixels keeps | ${five.contrast.toFixed(2)} | | ≥ 0.5 |`,
    `| The same: sound that was made up | ${(100 * five.concealed).toFixed(2)} % | | ≤ 2 % |`,
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
  if (rows.some(({ median, most }) => median > most) || file.ratio < 0.5 || file.memory > 64) process.exitCode = 3;
  if (five.frames < 3 || five.size !== '1280×720' || five.contrast < 0.5 || five.concealed > 0.02) process.exitCode = 3;
} finally {
  await chromium.close();
  await server.stop();
}

/** One moves the mouse over what the other shares. Returns how long each move took, in ms. */
async function pointed(ada, ben) {
  await ada.clicks('Share screen');
  await ben.clicks('Close chat');
  await ada.clicks('Close chat');
  const box = await ben.tab.run(
    () =>
      new Promise((resolve) => {
        const look = () => {
          const video = document.querySelector('.tile.screen video');
          if (!video?.videoWidth) return setTimeout(look, 10);
          const { left, top, width, height } = video.getBoundingClientRect();
          return resolve({ left, top, width, height });
        };
        look();
      }),
  );
  await ben.clicks('Point');
  await ben.tab.run(() => {
    window.moved = [];
    addEventListener('pointermove', () => window.moved.push(window.clock()), { capture: true });
  });
  await ada.tab.run(() => {
    window.came = [];
    let before;
    const look = () => {
      const now = document.querySelector('.tile.screen .dot')?.getAttribute('style') ?? document.querySelector('.tile.screen .dot')?.style.cssText;
      if (now && now !== before) window.came.push(window.clock());
      before = now;
    };
    new MutationObserver(look).observe(document.querySelector('.stage'), { subtree: true, childList: true, attributes: true });
  });
  const times = [];
  for (let move = 0; move < 100; move += 1) {
    const known = await ada.tab.run(() => window.came.length);
    await ben.tab.mouse.move(box.left + box.width * (0.2 + 0.006 * move), box.top + box.height * (0.3 + 0.004 * (move % 7)));
    const came = await ada.tab.run(
      (known) =>
        new Promise((resolve) => {
          const look = () => (window.came.length > known ? resolve(window.came[known]) : setTimeout(look, 1));
          look();
        }),
      known,
    );
    times.push(came - (await ben.tab.run(() => window.moved.at(-1))));
  }
  return times;
}

/** A file between two people, and the same over a bare data channel, in a browser whose storage is on the disk. */
async function raced() {
  const folder = await mkdtemp(join(tmpdir(), 'parlour-file-race-'));
  const browser = await launchChromium({ profile: join(folder, 'profile') });
  try {
    const path = await randomFile(join(folder, 'file.bin'), megabytes);
    const bare = [await browser.tab(), await browser.tab()];
    for (const tab of bare) await tab.goto(`${server.url}/robots.txt`);
    const bareSeconds = await sendBare(...bare, path);
    // What they have held would be let go some time later, and be taken for memory that the call gives back.
    for (const tab of bare) await tab.close();
    const room = newRoom();
    const people = [];
    for (const name of ['Ada', 'Ben']) {
      const someone = new Person(name, await browser.tab(), `${server.url}/${room}`);
      await someone.enters();
      people.push(someone);
    }
    const [ada, ben] = people;
    await Promise.all([ada.sees('Ben'), ben.sees('Ada')]);
    await ben.clicks('Chat');
    const before = await atMost(folder, () => new Promise((resolve) => setTimeout(resolve, SETTLED)));
    let seconds;
    const most = await atMost(folder, async () => (seconds = await sendInParlour(ada, ben, path)));
    const [rate, bareRate] = [megabytes / seconds, megabytes / bareSeconds];
    return { rate, bare: bareRate, ratio: rate / bareRate, memory: most - before };
  } finally {
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Measures in a new browser, without those who were in the call so far. */
async function inABrowserOfTheirOwn(measure) {
  await Promise.all(people.map(({ tab }) => tab.close()));
  const browser = await launchChromium();
  try {
    return await measure(browser);
  } finally {
    await browser.close();
  }
}

/** The memory of a browser, at its most while this is done, in MiB. */
async function atMost(folder, act) {
  let most = memoryOf(folder);
  const watch = setInterval(() => (most = Math.max(most, memoryOf(folder))), 500);
  await act().finally(() => clearInterval(watch));
  return most;
}

function nothing(why) {
  console.error(`nothing can be measured: ${why} (scripts/setup.sh browsers)`);
  process.exit(2);
}

function median(times) {
  return nth(times, 0.5);
}

/** The time that this part of all times is below. */
function nth(times, part) {
  return times.toSorted((one, other) => one - other)[Math.min(Math.floor(times.length * part), times.length - 1)];
}
