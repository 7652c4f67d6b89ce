// The rows of the comparison that take a browser, and the sizes of the pages. `make bench` runs it and puts what it
// finds into docs/BENCHMARKS.md.
//
// usage: node bench.mjs --out FILE [--reference FOLDER] [--quick]
//
// A remote frame counts when a <video> that plays a track of an RTCPeerConnection has shown it
// (requestVideoFrameCallback); all times are read inside the page, on its own clock.

import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { homePage, roomPage } from './lib/page-size.mjs';
import { startReference } from './lib/reference.mjs';
import { startServer } from './lib/server.mjs';
import { stopwatch } from './lib/stopwatch.mjs';

const { values: options } = parseArgs({
  options: { out: { type: 'string' }, reference: { type: 'string' }, quick: { type: 'boolean', default: false } },
});
const RUNS = options.quick ? 3 : 11;
const PATIENCE = 20_000;
/** How long the first person has been in the room when the second one comes, in milliseconds: neither page is still busy with its
    own beginning. The reference's `join-room` is answered by nobody, but has long arrived by then. */
const SETTLED = 1_000;

/** The floor: two connections in one page, with a camera that is already on. Milliseconds to the first frame. */
async function loopback() {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  const video = document.createElement('video');
  video.muted = true;
  document.body.append(video);
  const started = performance.now();
  const [here, there] = [new RTCPeerConnection(), new RTCPeerConnection()];
  here.onicecandidate = ({ candidate }) => candidate && there.addIceCandidate(candidate);
  there.onicecandidate = ({ candidate }) => candidate && here.addIceCandidate(candidate);
  const shown = new Promise((resolve) => {
    there.ontrack = ({ track, streams: [remote] }) => {
      if (track.kind !== 'video') return;
      video.srcObject = remote;
      video.play();
      video.requestVideoFrameCallback(() => resolve(performance.now() - started));
    };
  });
  for (const track of stream.getTracks()) here.addTrack(track, stream);
  await here.setLocalDescription();
  await there.setRemoteDescription(here.localDescription);
  await there.setLocalDescription();
  await here.setRemoteDescription(there.localDescription);
  const elapsed = await shown;
  here.close();
  there.close();
  for (const track of stream.getTracks()) track.stop();
  return elapsed;
}

const results = {
  browser: undefined,
  firstFrame: { parlour: [], other: [] },
  joinToFrame: { parlour: [], other: [] },
  bytes: undefined,
  skipped: [],
};

const parlour = await startServer();
const reference = options.reference && (await startReference(options.reference));
const blank = await startBlankPage();
try {
  results.bytes = { ...(await roomPage(`${parlour.url}/bench-sizes`)), ...(await homePage(parlour.url)) };
  const browser = await launch();
  if (browser) {
    try {
      await measure(browser);
    } finally {
      await browser.close();
    }
  }
} finally {
  blank.close();
  await reference?.stop();
  await parlour.stop();
}
const text = JSON.stringify(results, null, 2);
if (options.out) await writeFile(options.out, `${text}\n`);
else console.log(text);

async function launch() {
  let scene;
  try {
    scene = await import('./lib/crowd-scene.mjs');
  } catch {
    results.skipped.push('No browser rows: playwright-core is not installed (scripts/setup.sh browsers).');
    return undefined;
  }
  if (!existsSync(scene.CHROMIUM)) {
    results.skipped.push(`No browser rows: there is no browser at ${scene.CHROMIUM} (scripts/setup.sh browsers).`);
    return undefined;
  }
  const browser = await scene.launch();
  results.browser = `Chromium ${browser.version()}, headless, fake camera, empty cache for every navigation`;
  return browser;
}

async function measure(browser) {
  for (let run = 0; run <= RUNS; run += 1) {
    // The first round warms up servers and browser and is not kept. Who goes first changes from run to run.
    const keep = (list, value, what) => {
      console.error(`run ${run}: ${what}: ${value.toFixed(0)} ms${run === 0 ? ' (warm-up)' : ''}`);
      if (run > 0) list.push(value);
    };
    const room = `bench-${run}`;
    const steps = [
      async () => keep(results.firstFrame.parlour, await parlourFirstFrame(browser, `${room}-a`), 'Parlour, first frame'),
      async () =>
        reference && keep(results.firstFrame.other, await referenceFirstFrame(browser, room), 'reference, first frame'),
      async () => keep(results.joinToFrame.parlour, await parlourJoin(browser, `${room}-b`), 'Parlour, join to frame'),
      async () => keep(results.joinToFrame.other, await inPageLoopback(browser), 'loopback'),
    ];
    for (const step of run % 2 ? steps.reverse() : steps) await step();
  }
}

/** A new person: an empty cache, and the stopwatch. */
async function visitor(browser) {
  const context = await browser.newContext();
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  await page.addInitScript(stopwatch);
  const session = await context.newCDPSession(page);
  /** What the stopwatch says when there has been a frame. Asked of the browser itself: Playwright's own ways of waiting put 300 KB of
      script into the page and look at it sixty times a second, in the very time that is measured. */
  const reading = async () => {
    const expression = 'stopwatch.shown.then(() => ({ clicked: stopwatch.clicked, firstFrame: stopwatch.firstFrame }))';
    const late = setTimeout(() => context.close(), PATIENCE);
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    clearTimeout(late);
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  return { page, reading, leave: () => context.close() };
}

/** Lets somebody sit in the room, then somebody else come in, and returns what the second one's stopwatch says. */
async function secondPerson(browser, address, isIn, comeIn) {
  const [first, second] = [await visitor(browser), await visitor(browser)];
  try {
    await first.page.goto(address);
    await isIn(first.page);
    await first.page.waitForTimeout(SETTLED);
    await comeIn(second.page);
    return await second.reading();
  } finally {
    await second.leave();
    await first.leave();
  }
}

async function inTheCall(page) {
  // Only the page of somebody who has a seat says so.
  await page.getByText('You are the only one here').waitFor();
  await cameraIsOn(page);
}

function cameraIsOn(page) {
  return page.waitForFunction(() => [...document.querySelectorAll('video')].some((video) => video.currentTime > 0));
}

async function parlourFirstFrame(browser, room) {
  const address = `${parlour.url}/${room}?autojoin`;
  const { firstFrame } = await secondPerson(browser, `${address}&name=First`, inTheCall, (page) =>
    page.goto(`${address}&name=Second`, { waitUntil: 'commit' }),
  );
  return firstFrame;
}

async function parlourJoin(browser, room) {
  const address = `${parlour.url}/${room}`;
  const { clicked, firstFrame } = await secondPerson(browser, `${address}?autojoin&name=First`, inTheCall, async (page) => {
    await page.goto(`${address}?name=Second`);
    await cameraIsOn(page);
    await page.getByRole('button', { name: 'Join', exact: true }).click();
  });
  return firstFrame - clicked;
}

async function referenceFirstFrame(browser, room) {
  const address = `${reference.url}/${room}`;
  const isIn = async (page) => {
    await cameraIsOn(page);
    // Both are variables of the reference's own page.
    await page.waitForFunction(() => socket.connected && peer.open);
  };
  const { firstFrame } = await secondPerson(browser, address, isIn, (page) => page.goto(address, { waitUntil: 'commit' }));
  return firstFrame;
}

async function inPageLoopback(browser) {
  const { page, leave } = await visitor(browser);
  try {
    await page.goto(blank.url);
    return await page.evaluate(loopback);
  } finally {
    await leave();
  }
}

/** An empty page on localhost, where a camera may be used. */
async function startBlankPage() {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><title>blank</title><body>');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}
