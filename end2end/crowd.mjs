// What a call of several people costs, and what each of them sees and hears of it: the crowd's rows of `make bench`. docs/BENCHMARKS.md
// says how it is measured; the targets are in lib/crowd-rows.mjs.
//
// usage: node crowd.mjs [--people 2,4] [--small-capture] [--uplink] [options]     (none of these: everything)
//   --people LIST       so many people in one browser
//   --small-capture     two people whose cameras are forced to 640×480
//   --uplink            four people in the laboratory (root, on Linux), 300 kbit/s up from each
//   --uplink-of-last    the same, from the last one alone; not among everything
//   --bin FILE          the build to judge (PARLOUR_BIN, else ../target/release/parlour)
//   --before FILE       another one beside it (PARLOUR_BEFORE); --before-name says what its column is called
//   --reference FOLDER  the reference, its packages installed (else ../target/bench/reference, where scripts/bench.sh prepares it)
//   --no-reference      without it
//   --runs N            each scene so many times; medians count
//   --json              everything that was found as JSON instead of the table
//   --out FILE          the same, into a file
//   --write FILE        the table between the crowd's marks of this file
//
// The exit code is 3 if a row is missed, and 2 if nothing can be measured.

import { existsSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { number, rowsOf, SCENES, sceneOf, table } from './lib/crowd-rows.mjs';
import { BINARY } from './lib/server.mjs';

const { CHROMIUM, measure, noLaboratory } = await import('./lib/crowd-scene.mjs').catch(({ message }) => refuse(true, `${message} (scripts/setup.sh browsers)`));

const BEGIN = '<!-- the crowd, written by `make bench`: begin -->';
const END = '<!-- the crowd, written by `make bench`: end -->';

/** So many cores of other programs, and the figures of a scene mean little. */
const BUSY = 0.3;

const { values: options } = parseArgs({
  options: {
    people: { type: 'string' },
    'small-capture': { type: 'boolean', default: false },
    uplink: { type: 'boolean', default: false },
    'uplink-of-last': { type: 'boolean', default: false },
    bin: { type: 'string', default: BINARY },
    before: { type: 'string', default: process.env.PARLOUR_BEFORE },
    'before-name': { type: 'string' },
    reference: { type: 'string', default: fileURLToPath(new URL('../target/bench/reference', import.meta.url)) },
    'no-reference': { type: 'boolean', default: false },
    runs: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    out: { type: 'string' },
    write: { type: 'string' },
  },
});
const counts = options.people?.split(',') ?? [];
const runs = Number(options.runs);
refuse(counts.some((count) => !/^([2-9]|1\d)$/.test(count)), `--people takes numbers from 2 to 19, not '${options.people}'`);
refuse(!(runs >= 1), `--runs takes a number, not '${options.runs}'`);
for (const file of [options.bin, options.before]) refuse(file && !existsSync(file), `there is no server at ${file}: build it (make run does)`);
refuse(!existsSync(CHROMIUM), `there is no browser at ${CHROMIUM} (scripts/setup.sh browsers)`);

const chosen = [...counts, ...['small-capture', 'uplink', 'uplink-of-last'].filter((name) => options[name])];
const skipped = [];
const noNetworks = (chosen.length === 0 || options.uplink || options['uplink-of-last']) && noLaboratory();
if (noNetworks) skipped.push(`No row with a narrow uplink: ${noNetworks}.`);
const scenes = (chosen.length ? chosen : Object.keys(SCENES).filter((name) => name !== 'uplink-of-last')).filter(
  (name) => !(noNetworks && sceneOf(name).uplink),
);
const systems = [{ system: 'parlour', title: 'Parlour', binary: options.bin }];
const before = options.before && `before (${options['before-name'] ?? basename(options.before)})`;
if (before) systems.push({ system: 'before', title: before, binary: options.before });
if (existsSync(`${options.reference}/node_modules`) && !options['no-reference']) {
  systems.push({ system: 'reference', title: 'reference', reference: options.reference });
} else if (!options['no-reference']) {
  skipped.push(`No reference with its packages at ${options.reference} (scripts/bench.sh prepares it), so only Parlour was measured.`);
}

// Playwright closes its browsers then, and lets this program go on with the next scene.
process.once('SIGTERM', () => process.exit(143));

const results = [];
const loadAtStart = loadavg();
for (const scene of scenes) {
  for (let run = 1; run <= runs; run += 1) {
    // Who goes first changes from run to run.
    for (const { system, title, ...where } of run % 2 ? systems : [...systems].reverse()) {
      const found = await attempt(scene, where);
      results.push({ scene, system, run, ...found });
      console.error(told(scene, title, found));
    }
  }
}

const rows = rowsOf(results);
const isMissed = rows.some(({ verdict }) => verdict === 'missed');
const text = JSON.stringify({ machine: machine(), skipped, results, rows }, null, 2);
const notes = [
  ...skipped,
  `Medians of ${runs} ${runs === 1 ? 'run' : 'runs'} of each scene.`,
  ...results.map(({ scene, system, ...found }) => told(scene, systems.find((one) => one.system === system).title, found)),
];
const report = [
  ...machine().map((line) => `- ${line}`),
  '',
  table(rows, { before }),
  '',
  'On this run:',
  '',
  ...notes.map((note) => `- ${note}`),
].join('\n');
if (options.out) await writeFile(options.out, `${text}\n`);
if (options.write) await write(options.write, report);
console.log(options.json ? text : report);
// Not 1, which node itself ends with when something fails.
process.exit(isMissed ? 3 : 0);

async function attempt(name, where) {
  try {
    return await measure(sceneOf(name), where);
  } catch (error) {
    return { failed: error.message };
  }
}

/** One measurement in a line. */
function told(name, title, { failed, met, frames, cores, concealed, sizes, shown, asShown, sent, encoding, limited, replaced, lifted }) {
  if (failed) return `${name}, ${title}: it failed: ${failed.trim().split('\n').join(' ').slice(0, 300)}`;
  const share = (value) => (value === undefined ? '–' : `${number(value * 100)} %`);
  const list = (counted) => Object.entries(counted).map(([what, count]) => `${count} × ${what}`).join(', ');
  return [
    `${name}, ${title}: ${number(frames.mean)} frames a second (slowest pair ${number(frames.slowest)})`,
    `everyone sees everyone ${met === null ? 'never' : `after ${number(met)} s`}`,
    `${number(cores.all)} cores (renderers ${number(cores.renderers)}, GPU process ${number(cores.gpu)}, other ${number(cores.other)})`,
    `audio concealed ${share(concealed.call)} in the call, ${share(concealed.window)} in the 10 s`,
    `sizes ${list(sizes)}, drawn ${shown ?? '–'} px high, ${share(asShown)} as large as that`,
    `${number(sent)} kbit/s sent by each, ${number(encoding.frames)} frames a second encoded in ${number(encoding.time ?? 0)} ms each, limited by ${list(limited)}`,
    ...(replaced ? [`${replaced} connections besides one for each pair at each end`] : []),
    ...(lifted === undefined ? [] : [`limit lifted: as shown ${lifted === null ? 'never' : `after ${number(lifted)} s`}`]),
    ...(cores.elsewhere > BUSY ? [`**other programs took ${number(cores.elsewhere)} cores meanwhile**`] : []),
  ].join('; ');
}

function machine() {
  const version = readFileSync('/proc/version', 'utf8').split(' ')[2];
  return [`${cpus().length} × ${cpus()[0].model}, Linux ${version}`, `load average at the start: ${loadAtStart.map((load) => load.toFixed(2)).join(' ')}`];
}

/** Puts the report between the two marks of a file. */
async function write(path, report) {
  const old = await readFile(path, 'utf8');
  const [begin, end] = [old.indexOf(BEGIN), old.indexOf(END)];
  refuse(begin < 0 || end < begin, `${path} lacks the lines\n${BEGIN}\n${END}`);
  await writeFile(path, `${old.slice(0, begin)}${BEGIN}\n\n${report}\n\n${old.slice(end)}`);
}

function refuse(condition, sentence) {
  if (!condition) return;
  console.error(sentence);
  process.exit(2);
}
