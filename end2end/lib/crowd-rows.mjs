// The rows of the crowd: what must be reached, and the table.

/** Nobody sees more of a camera with 20 frames a second. */
const SMOOTH = 19;

export const SMALL = { width: 640, height: 480 };

const NARROW = '300kbit';

/** Every scene by its name. */
export const SCENES = {
  ...Object.fromEntries([2, 3, 4, 5, 8].map((people) => [String(people), { people }])),
  'small-capture': { people: 2, capture: SMALL },
  uplink: { people: 4, uplink: { rate: NARROW, of: 'everyone' } },
  'uplink-of-last': { people: 4, uplink: { rate: NARROW, of: 'last' } },
};

/** @returns {object} a scene of this name: one of those above, or any number of people */
export function sceneOf(name) {
  return SCENES[name] ?? { people: Number(name) };
}

const atMost = (value, words = '') => ({ value, words: `at most ${number(value)}${words}`, isReached: (found) => found <= value });
const atLeast = (value, words = '') => ({ value, words: `at least ${number(value)}${words}`, isReached: (found) => found >= value });
/** A limit that follows from the reference: without one there is none. */
const byReference = (limit) => (other) => (other === undefined ? undefined : limit(other));
const smooth = (times) =>
  byReference((other) => atLeast(Math.min(SMOOTH, times * other), ` (${SMOOTH}, or ${times === 1 ? '' : `${times} times `}the reference's if less)`));

const FRAMES = { what: 'frames a second for each pair', unit: '', value: ({ frames }) => frames.mean };
const SLOWEST = { what: 'frames a second of the slowest pair', unit: '', value: ({ frames }) => frames.slowest };
const CORES = { what: 'cores of all processes of the browser', unit: '', value: ({ cores }) => cores.all };
const RENDERERS = { what: 'cores of its renderers (encoding, decoding, page)', unit: '', value: ({ cores }) => cores.renderers };
const GPU = { what: 'cores of its GPU process (drawing, in software here)', unit: '', value: ({ cores }) => cores.gpu };
const MET = { what: 'everyone sees everyone after the last one opened the page', unit: 's', value: ({ met }) => met ?? Infinity };
const CONCEALED = { what: 'audio concealed', unit: '%', value: ({ concealed }) => concealed.call && concealed.call * 100 };
const AS_SHOWN = { what: 'pictures that come as large as they are shown', unit: '%', value: ({ asShown }) => asShown * 100 };
const LIFTED = { what: 'limit lifted: every picture as large as it is shown', unit: 's', value: ({ lifted }) => lifted ?? Infinity };

/** What is measured of each scene, and its target: a function of the reference's value, or none. */
const ROWS = [
  ['2', CORES, () => atMost(1.1)],
  ['2', FRAMES, () => atLeast(SMOOTH)],
  ['2', AS_SHOWN, () => atLeast(100)],
  ['small-capture', RENDERERS, byReference((other) => atMost(other, " (the reference's)"))],
  ['small-capture', GPU, () => atMost(0.2)],
  ['small-capture', FRAMES],
  ['3', FRAMES, smooth(1)],
  ['3', CORES, byReference((other) => atMost(other, " (the reference's)"))],
  ['3', AS_SHOWN],
  ['4', FRAMES, smooth(1.1)],
  ['4', MET, byReference((other) => atMost(other, " s (the reference's)"))],
  ['4', CORES],
  ['4', AS_SHOWN],
  ['5', FRAMES, smooth(2)],
  ['5', MET, () => atMost(4, ' s')],
  ['5', CONCEALED, () => atMost(1, ' %')],
  ['5', AS_SHOWN],
  ['8', MET, () => atMost(20, ' s')],
  ['8', FRAMES, () => atLeast(4)],
  ['8', CONCEALED, () => atMost(3, ' %')],
  ['8', AS_SHOWN],
  ...['uplink', 'uplink-of-last'].flatMap((name) => [
    [name, CONCEALED, () => atMost(2, ' %')],
    [name, SLOWEST, () => atLeast(2)],
    [name, LIFTED, () => atMost(20, ' s')],
    [name, MET],
  ]),
];

/** Of any other number of people, everything is told. */
const TOLD = [FRAMES, MET, CORES, RENDERERS, GPU, CONCEALED, AS_SHOWN];

/** The name of a scene in the table. */
function titleOf(name) {
  const { people, capture, uplink } = sceneOf(name);
  const forced = capture ? `, capture forced to ${capture.width}×${capture.height}` : '';
  const narrow = uplink ? `, ${uplink.rate.replace('kbit', ' kbit/s')} up from ${uplink.of === 'last' ? 'the last one' : 'each'}` : '';
  return `${people} people${forced}${narrow}`;
}

/**
 * The rows of all scenes that were measured.
 *
 * @param {{ scene: string, system: 'parlour' | 'before' | 'reference' }[]} results of every run; medians count
 */
export function rowsOf(results) {
  const names = [...new Set(results.map(({ scene }) => scene))];
  const known = ROWS.filter(([name]) => names.includes(name));
  const told = names.filter((name) => !(name in SCENES)).flatMap((name) => TOLD.map((row) => [name, row]));
  return [...known, ...told].map(([name, { what, unit, value }, target]) => {
    const of = (system) => {
      const runs = results.filter((one) => one.scene === name && one.system === system);
      return median(runs.filter(({ failed }) => !failed).map(value).filter((found) => found !== undefined));
    };
    const [ours, before, other] = [of('parlour'), of('before'), of('reference')];
    const limit = target?.(other);
    // What was to be measured and could not be is missed.
    const broke = results.some((one) => one.scene === name && one.system === 'parlour' && one.failed);
    return { what: `${titleOf(name)}: ${what}`, unit, ours, before, other, mustBe: limit?.words, verdict: verdict({ ours, limit, target, broke }) };
  });
}

function verdict({ ours, limit, target, broke }) {
  if (!target) return '';
  if (broke) return 'missed';
  if (!limit || ours === undefined) return 'not measured';
  return limit.isReached(ours) ? 'reached' : 'missed';
}

/** The rows as Markdown, as those of `loadgen compare` are. `before` names the build in the column that compares. */
export function table(rows, { before } = {}) {
  const cell = (value, unit) => {
    if (value === undefined) return '–';
    return value === Infinity ? 'never' : `${number(value)}${unit && ` ${unit}`}`;
  };
  const ratio = ({ ours, other }) => {
    const found = ours / other;
    return Number.isFinite(found) ? found.toFixed(2) : '–';
  };
  const lines = rows.map((row) => [
    row.what,
    cell(row.ours, row.unit),
    ...(before ? [cell(row.before, row.unit)] : []),
    row.other === undefined ? '–' : `${cell(row.other, row.unit)} (reference)`,
    ratio(row),
    row.mustBe ?? '–',
    row.verdict === 'missed' ? '**missed**' : row.verdict,
  ]);
  const head = ['what', 'Parlour', ...(before ? [before] : []), 'compared with', 'ratio', 'must be', ''];
  return [head, head.map(() => '---'), ...lines].map((line) => `| ${line.join(' | ')} |`).join('\n');
}

/** With as many digits as mean something. */
export function number(value) {
  const size = Math.abs(value);
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  return String(Number(value.toFixed(2)));
}

/** The middle one; of two middle ones, the mean. */
function median(values) {
  if (!values.length) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return low === high ? low : (low + high) / 2;
}
