// A crowd: so many people in one call, each sending camera and sound to each other one, and what that costs. docs/BENCHMARKS.md says
// how it is measured.

import { chromium as playwright } from 'playwright-core';
import { crowdProbe } from './crowd-probe.mjs';
import { makeInternet } from './network.mjs';
import { browserProcess, coresBetween, processorTime } from './processes.mjs';
import { newRoom } from './person.mjs';
import { freePort } from './ports.mjs';
import { startReference } from './reference.mjs';
import { startServer } from './server.mjs';
import { passes, until } from './until.mjs';

export const CHROMIUM = process.env.PARLOUR_CHROMIUM ?? '/usr/bin/chromium';

const VIEWPORT = { width: 1280, height: 720 };

/** Seconds: between two people who open the page; from when everyone sees everyone to the measurement; of the measurement. */
const BETWEEN_ARRIVALS = 1.2;
const SETTLING = 8;
const MEASURED = 10;

/** Who has not seen everyone by then never will, in seconds; the same for sizes after a limit was lifted. */
const PATIENCE = 60;

/** A picture has the size at which it is shown when it has this much of its height: sizes are asked for in coarse steps. */
const AS_SHOWN = 0.9;

/** Under this name a browser takes a page without TLS for one that may use a camera, wherever the name leads. */
const NAME = 'crowd.localhost';

/**
 * Measures one scene with one system.
 *
 * @param {object} scene
 * @param {number} scene.people
 * @param {{ width: number, height: number }} [scene.capture] the size that every camera is forced to
 * @param {{ rate: string, of: 'everyone' | 'last' }} [scene.uplink] people are hosts of their own in the laboratory, and so much goes out
 *   from the router of each of them, or of the last one alone; the limit is lifted after the measurement
 * @param {{ binary?: string, reference?: string }} system a Parlour binary, or the reference's folder
 * @returns {Promise<object>} see `summary`
 */
export async function measure(scene, system) {
  return scene.uplink ? betweenNetworks(scene, system) : inOneBrowser(scene, system);
}

/** Why there can be no laboratory here, if so. */
export const noLaboratory = () => laboratory().reason;

let internet;
const laboratory = () => (internet ??= makeInternet());

async function inOneBrowser(scene, { binary, reference }) {
  const server = reference ? await startReference(reference) : await startServer([], { binary });
  try {
    const browser = await launch();
    try {
      const browsers = Array.from({ length: scene.people }, () => browser);
      return await call(scene, browsers, address(server.url, reference));
    } finally {
      await browser.close();
    }
  } finally {
    await server.stop();
  }
}

async function betweenNetworks(scene, { binary, reference }) {
  const host = laboratory().host({ v4: true });
  const server = reference ? await startReference(reference, { host }) : await startParlourOn(host, binary);
  const browsers = [];
  try {
    const url = `http://${NAME}:${new URL(server.url).port}`;
    const lifts = [];
    for (let number = 1; number <= scene.people; number += 1) {
      const router = laboratory().router();
      if (scene.uplink.of === 'everyone' || number === scene.people) lifts.push(router.limitsUplink(scene.uplink.rate));
      browsers.push(await launch({ enter: router.host().enter, names: { [NAME]: host.v4 } }));
    }
    return await call(scene, browsers, address(url, reference), () => lifts.forEach((lift) => lift()));
  } finally {
    await Promise.allSettled(browsers.map((browser) => browser.close()));
    await server.stop();
  }
}

async function startParlourOn(host, binary) {
  const [port, relay] = [await freePort(), await freePort()];
  const flags = ['--public-url', `http://${NAME}:${port}`, '--turn-listen', `${host.v4}:${relay}`, '--external-ip', host.v4];
  return startServer(flags, { address: host.v4, port, host, asked: `http://${host.v4}:${port}`, binary });
}

/** Where each person goes, so that nobody has to click. */
function address(url, reference) {
  const room = newRoom();
  return (number) => (reference ? `${url}/${room}` : `${url}/${room}?autojoin&name=P${number}`);
}

/** Chromium as the benchmarks run it: headless, with a fake camera and microphone, asking nothing outside. */
export function launch({ enter = (program) => program, names = {} } = {}) {
  const rules = Object.entries(names).map(([name, at]) => `MAP ${name} ${at}`);
  return playwright.launch({
    executablePath: enter(CHROMIUM),
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-features=WebRtcHideLocalIpsWithMdns',
      ...(rules.length ? [`--host-resolver-rules=${rules.join(',')}`] : []),
    ],
  });
}

/** Lets people come one after the other, each in their own browser of the list, and measures. */
async function call(scene, browsers, addressOf, lift) {
  const people = await Promise.all(browsers.map((browser) => visitor(browser, scene.capture)));
  const roots = await Promise.all([...new Set(browsers)].map(browserProcess));
  const navigations = [];
  let lastCame;
  for (const [index, { page }] of people.entries()) {
    if (index > 0) await passes(BETWEEN_ARRIVALS);
    lastCame = Date.now();
    const navigation = page.goto(addressOf(index + 1), { waitUntil: 'commit', timeout: PATIENCE * 1_000 });
    // It is awaited below: until then a failure is nobody's.
    navigation.catch(() => undefined);
    navigations.push(navigation);
  }
  await Promise.all(navigations);
  const met = await everyoneSeesEveryone(people, lastCame);
  await passes(SETTLING);
  const before = await readings(people);
  const [began, first] = [performance.now(), processorTime(roots)];
  await passes(MEASURED);
  const [ended, second] = [performance.now(), processorTime(roots)];
  const after = await readings(people);
  const cores = coresBetween(first, second, (ended - began) / 1_000);
  const result = { met, cores, ...summary(before, after) };
  if (lift) {
    lift();
    result.lifted = await everyoneIsShownWell(people, Date.now());
  }
  return result;
}

/** Somebody with a profile of their own, who has not opened the page yet. */
async function visitor(browser, capture) {
  const context = await browser.newContext({ viewport: VIEWPORT });
  const page = await context.newPage();
  await page.addInitScript(crowdProbe, { capture });
  const session = await context.newCDPSession(page);
  // Not page.evaluate(), which puts 300 KB of script into the page and counts as a click.
  const run = async (expression) => {
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  return { page, run };
}

const readings = (people) => Promise.all(people.map(({ run }) => run('crowd.read()')));

/** Seconds until the picture of each has moved at each other one; null if it never does. */
async function everyoneSeesEveryone(people, since) {
  const others = people.length - 1;
  let counts = [];
  const look = async () => {
    const seen = await Promise.all(people.map(({ run }) => run('window.crowd?.seen() ?? []')));
    counts = seen.map(({ length }) => length);
    return counts.every((count) => count >= others) && Math.max(...seen.flat());
  };
  const patience = { within: PATIENCE * 1_000, between: 250 };
  try {
    return ((await until(look, () => 'never', patience)) - since) / 1_000;
  } catch {
    const pages = await Promise.all(people.map(({ run }) => run('crowd.describe()').catch(({ message }) => message)));
    console.error(`   not everyone sees everyone after ${PATIENCE} s: they see ${counts.join(', ')} of ${others}`);
    for (const page of pages) console.error(`   ${JSON.stringify(page)}`);
    return null;
  }
}

/** Seconds until every picture comes as large as it is shown; null if it never does. */
async function everyoneIsShownWell(people, since) {
  const wanted = people.length * (people.length - 1);
  const look = async () => {
    const heights = (await Promise.all(people.map(({ run }) => run('crowd.heights()')))).flat();
    return heights.filter(isAsShown).length >= wanted;
  };
  try {
    await until(look, () => 'never', { within: PATIENCE * 1_000, between: 250 });
    return (Date.now() - since) / 1_000;
  } catch {
    return null;
  }
}

const isAsShown = ({ height, shown }) => height >= AS_SHOWN * (shown ?? 0);

/**
 * What came between two readings of all pages.
 *
 * @returns {object} `frames`: decoded a second for each pair, the mean and the slowest pair; `concealed`: the share of sound that was
 *   made up where there was none, without what was made up as silence, in the whole call and in this time; `sizes`: how many pictures
 *   come in which size; `asShown`: the share of them that are as large as they are shown; `shown`: the median height at which they are
 *   drawn; `sent`: kbit/s of each person; `encoding`, `decoding`: milliseconds a frame, and frames that are encoded a second in all;
 *   `replaced`: connections that brought pictures besides one for each pair at each end
 */
export function summary(before, after) {
  const wanted = after.length * (after.length - 1);
  const pairs = after.flatMap(({ at, pairs: now }, page) => {
    const seconds = (at - before[page].at) / 1_000;
    return now.map((pair) => {
      const then = before[page].pairs.find(({ id }) => id === pair.id) ?? {};
      const grew = (what) => pair[what] - (then[what] ?? 0);
      return { ...pair, seconds, grew, rate: grew('frames') / seconds };
    });
  });
  // Where a page has more connections than others, the liveliest count; where it has fewer, nothing comes.
  const rates = pairs.map(({ rate }) => rate).sort((a, b) => b - a).slice(0, wanted);
  while (rates.length < wanted) rates.push(0);
  const sum = (value) => pairs.reduce((all, pair) => all + value(pair), 0);
  const share = (part, whole) => (whole > 0 ? part / whole : undefined);
  const grown = (what) => sum(({ grew }) => grew(what));
  const counted = (values) => Object.fromEntries([...new Set(values)].sort().map((value) => [value, values.filter((one) => one === value).length]));
  const drawn = pairs.flatMap(({ shown }) => shown ?? []).sort((a, b) => a - b);
  return {
    frames: { mean: rates.reduce((all, rate) => all + rate, 0) / wanted, slowest: rates.at(-1) },
    concealed: {
      call: share(sum(({ concealed }) => concealed), sum(({ samples }) => samples)),
      window: share(grown('concealed'), grown('samples')),
    },
    sizes: counted(pairs.map(({ width, height }) => `${width}x${height}`)),
    shown: drawn[Math.floor(drawn.length / 2)],
    asShown: pairs.filter(isAsShown).length / wanted,
    sent: sum(({ grew, seconds }) => (grew('sent') * 8) / 1_000 / seconds) / after.length,
    encoding: { time: share(grown('encodeTime') * 1_000, grown('encoded')), frames: sum(({ grew, seconds }) => grew('encoded') / seconds) },
    decoding: { time: share(grown('decodeTime') * 1_000, grown('frames')) },
    codecs: counted(pairs.map(({ codec, encoder }) => `${codec} ${encoder}`)),
    limited: counted(pairs.map(({ limited }) => `${limited}`)),
    replaced: Math.max(0, after.reduce((all, { ever }) => all + ever, 0) - wanted),
  };
}
