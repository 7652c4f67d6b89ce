// Pointing at shared screens and drawing on them: what the others see, and where.

import assert from 'node:assert/strict';
import { screen } from '../lib/screen.mjs';
import { stage } from '../lib/stage.mjs';
import { limit, passes, until } from '../lib/until.mjs';

const { scenario, chromium, firefox } = stage();
const inChromium = chromium();
const inFirefox = firefox();

/** How far a mark may be from where somebody pointed, in parts of the picture. */
const NEAR = 0.02;

/**
 * What a person sees on somebody's screen: where the picture is in the window, as the video is laid out, enlarged and without the bars beside
 * it; who points where, and what is drawn, in parts of that picture.
 */
const look = (label) => {
  const tile = document.querySelector(`.tile.screen[aria-label="${label}"]`);
  const video = tile?.querySelector('video');
  if (!video?.videoWidth) return null;
  const box = video.getBoundingClientRect();
  const scale = Math.min(box.width / video.videoWidth, box.height / video.videoHeight);
  const [width, height] = [video.videoWidth * scale, video.videoHeight * scale];
  const [left, top] = [box.left + (box.width - width) / 2, box.top + (box.height - height) / 2];
  const part = (x, y) => [(x - left) / width, (y - top) / height];
  const frame = video.parentElement.getBoundingClientRect();
  return {
    picture: { left, top, width, height },
    frame: { left: frame.left, top: frame.top, width: frame.width, height: frame.height },
    dots: [...tile.querySelectorAll('.dot')].map((dot) => {
      const { left: x, top: y } = dot.getBoundingClientRect();
      const name = dot.querySelector('span');
      return {
        name: dot.textContent,
        own: dot.dataset.own === 'true',
        at: part(x, y),
        colour: getComputedStyle(name).backgroundColor,
        tall: name.getBoundingClientRect().height,
      };
    }),
    strokes: [...tile.querySelectorAll('polyline')].map((line) => {
      const matrix = line.getScreenCTM();
      const points = [...line.points].map(({ x, y }) => new DOMPoint(x, y).matrixTransform(matrix));
      return { points: points.map(({ x, y }) => part(x, y)), colour: getComputedStyle(line).stroke, opacity: getComputedStyle(line).opacity };
    }),
  };
};

/** Keeps the data channels of a page, so that a test can say on them what the page would not. */
const keepChannels = () => {
  const create = RTCPeerConnection.prototype.createDataChannel;
  window.lanes = [];
  RTCPeerConnection.prototype.createDataChannel = function createDataChannel(...options) {
    const channel = create.apply(this, options);
    window.lanes.push(channel);
    return channel;
  };
};

/** Says to everybody that this page draws a line from the upper left to the lower right of somebody's screen. */
const forge = ({ sharer, stroke }) => {
  const number = (value) => (value < 128 ? [value] : [(value & 127) | 128, ...number(value >> 7)]);
  const id = document.querySelector(`[role="group"][data-peer][aria-label="${sharer}"]`).dataset.peer.replaceAll('-', '');
  const share = id.match(/../g).map((byte) => parseInt(byte, 16));
  const points = [6553, 32768, 58982].flatMap((at) => [...number(at), ...number(at)]);
  const bytes = new Uint8Array([6, ...share, ...number(stroke), 0, 3, ...points, 0]);
  const open = window.lanes.filter(({ label, readyState }) => label === 'peer-lossy' && readyState === 'open');
  for (const channel of open) channel.send(bytes);
  return open.length;
};

const isNear = (at, wanted) => at.every((part, side) => Math.abs(part - wanted[side]) <= NEAR);

/** Waits until what somebody sees on a screen is like this. */
async function finds(someone, label, holds, words, within = 20) {
  let last;
  return until(
    async () => {
      last = await someone.tab.run(look, label);
      return last && holds(last) && last;
    },
    async () => `${someone.name} should see ${words} on "${label}": ${JSON.stringify(last)}. ${await someone.looks()}`,
    { within: limit(within) },
  );
}

const findsDot = (someone, label, name, at) =>
  finds(someone, label, ({ dots }) => dots.some((dot) => dot.name === name && isNear(dot.at, at)), `${name}'s dot at ${at}`);
const findsNoDot = (someone, label) => finds(someone, label, ({ dots }) => dots.every(({ own }) => own), "nobody else's dot", 5);

/** Where a place of the picture is in the window of who looks at it. */
async function place(someone, label, [right, down]) {
  const { picture } = await someone.tab.run(look, label);
  return [picture.left + right * picture.width, picture.top + down * picture.height];
}

/** The mouse goes to a place of the picture. */
async function goes(someone, label, at) {
  const [x, y] = await place(someone, label, at);
  // What is pointed at is where the mouse has moved to, so it moves there from beside it.
  await someone.tab.mouse.move(x - 12, y - 8);
  await someone.tab.mouse.move(x, y, 4);
}

/** The mouse draws from one place to the other. */
async function draws(someone, label, from, to) {
  await goes(someone, label, from);
  await someone.tab.mouse.down();
  const [x, y] = await place(someone, label, to);
  await someone.tab.mouse.move(x, y, 12);
  await someone.tab.mouse.up();
}

/** People who are in a call. The first one shares her screen, and all of them see it. */
async function meet(person, names, { browsers = [], shares = {} } = {}) {
  const people = [];
  for (const [at, name] of names.entries()) {
    const someone = await person(name, { on: browsers[at] ?? inChromium, setup: [[screen, shares], [keepChannels]] });
    await someone.enters();
    people.push(someone);
  }
  const [sharer, ...others] = people;
  await Promise.all(others.map((other) => other.sees(sharer.name)));
  await sharer.clicks('Share screen');
  const sees = ({ frame }) => frame.width > 0;
  await Promise.all(others.map((other) => finds(other, "Ada's screen", sees, 'a picture')));
  await finds(sharer, 'Your screen', sees, 'a picture');
  return people;
}

const ADA = "Ada's screen";
const OWN = 'Your screen';

scenario('everyone sees where somebody points, with the name and in one colour', async ({ person }) => {
  const [ada, ben, cleo] = await meet(person, ['Ada', 'Ben', 'Cleo']);
  await ben.clicks('Point');
  await ben.findsSwitched('Point', 'on');
  for (const at of [[0.3, 0.4], [0.6, 0.7]]) {
    await goes(ben, ADA, at);
    await Promise.all([findsDot(ada, OWN, 'Ben', at), findsDot(cleo, ADA, 'Ben', at)]);
  }
  const colours = await Promise.all([ada.tab.run(look, OWN), cleo.tab.run(look, ADA)]);
  assert.equal(colours[0].dots[0].colour, colours[1].dots[0].colour);
  // The mouse rests, and so does the dot: longer than what is not said any more would.
  await passes(4);
  await findsDot(cleo, ADA, 'Ben', [0.6, 0.7]);
  await cleo.clicks('Point');
  await goes(cleo, ADA, [0.5, 0.5]);
  const both = await finds(ada, OWN, ({ dots }) => dots.length === 2, 'both dots');
  assert.notEqual(both.dots[0].colour, both.dots[1].colour);
  await ben.tab.press('Escape');
  await ben.findsSwitched('Point', 'off');
  await finds(ada, OWN, ({ dots }) => dots.length === 1 && dots[0].name === 'Cleo', "Cleo's dot alone", 5);
  // Away from the picture.
  await cleo.tab.mouse.move(4, 4, 4);
  await Promise.all([findsNoDot(ada, OWN), findsNoDot(ben, ADA)]);
});

scenario('who shares points at the preview, and the others see it on their large picture', async ({ person }) => {
  const [ada, ben] = await meet(person, ['Ada', 'Ben']);
  await ada.clicks('Point');
  await goes(ada, OWN, [0.25, 0.6]);
  await findsDot(ben, ADA, 'Ada', [0.25, 0.6]);
  await ada.clicks('Point');
  await findsNoDot(ben, ADA);
});

scenario('what is pointed at is the same place at any zoom, and names are always as large', async ({ person }) => {
  const [ada, ben, cleo] = await meet(person, ['Ada', 'Ben', 'Cleo']);
  const closer = async (someone, at) => {
    await goes(someone, ADA, at);
    const before = await someone.tab.run(look, ADA);
    await someone.tab.mouse.wheel(-400);
    await finds(someone, ADA, ({ picture }) => picture.width > 1.5 * before.picture.width, 'it larger');
  };
  await closer(ben, [0.5, 0.5]);
  await ben.clicks('Point');
  await goes(ben, ADA, [0.45, 0.55]);
  await findsDot(ada, OWN, 'Ben', [0.45, 0.55]);
  const { dots: [small] } = await findsDot(cleo, ADA, 'Ben', [0.45, 0.55]);
  await closer(cleo, [0.4, 0.6]);
  const { dots: [large] } = await findsDot(cleo, ADA, 'Ben', [0.45, 0.55]);
  assert.ok(Math.abs(small.tall - large.tall) < 1, `${small.tall} and ${large.tall}`);
  // With something in hand dragging moves nothing; the wheel enlarges.
  const { picture } = await ben.tab.run(look, ADA);
  await draws(ben, ADA, [0.45, 0.45], [0.55, 0.55]);
  assert.deepEqual((await ben.tab.run(look, ADA)).picture, picture);
  await ben.tab.mouse.wheel(-100);
  await finds(ben, ADA, ({ picture: { width } }) => width > picture.width, 'it larger');
  await goes(ben, ADA, [0.5, 0.5]);
  await findsDot(cleo, ADA, 'Ben', [0.5, 0.5]);
});

scenario('a stroke is seen by everyone, and is gone after five seconds', async ({ person }) => {
  const [ada, ben, cleo] = await meet(person, ['Ada', 'Ben', 'Cleo']);
  await ben.clicks('Draw');
  const [from, to] = [[0.3, 0.3], [0.6, 0.7]];
  const begun = performance.now();
  await draws(ben, ADA, from, to);
  const isDrawn = ({ strokes }) => strokes.length === 1 && isNear(strokes[0].points[0], from) && isNear(strokes[0].points.at(-1), to);
  const seen = await Promise.all([
    finds(ada, OWN, isDrawn, 'a stroke'),
    finds(ben, ADA, isDrawn, 'a stroke'),
    finds(cleo, ADA, isDrawn, 'a stroke'),
  ]);
  assert.equal(new Set(seen.map(({ strokes }) => strokes[0].colour)).size, 1);
  await Promise.all([ada, ben, cleo].map((one) => finds(one, one === ada ? OWN : ADA, ({ strokes }) => strokes.length === 0, 'nothing', 8)));
  const lasted = (performance.now() - begun) / 1_000;
  assert.ok(lasted > 4, `${lasted} s`);
});

scenario('beside the picture there is nothing to point at', async ({ person }) => {
  const [ada, ben] = await meet(person, ['Ada', 'Ben'], { shares: { width: 600, height: 800 } });
  const { frame, picture } = await ben.tab.run(look, ADA);
  assert.ok(picture.left - frame.left > 40, JSON.stringify({ frame, picture }));
  await ben.clicks('Point');
  await goes(ben, ADA, [0.1, 0.5]);
  await findsDot(ada, OWN, 'Ben', [0.1, 0.5]);
  await ben.tab.mouse.move(picture.left - 20, picture.top + picture.height / 2, 4);
  await findsNoDot(ada, OWN);
  await ben.clicks('Draw');
  await ben.tab.mouse.move(picture.left - 30, picture.top + picture.height / 2);
  await ben.tab.mouse.down();
  await ben.tab.mouse.move(picture.left + picture.width / 2, picture.top + picture.height / 2, 8);
  await ben.tab.mouse.up();
  // A stroke that leaves the picture goes along its edge.
  await draws(ben, ADA, [0.9, 0.3], [1.1, 0.6]);
  const isAtTheEdge = ({ strokes }) => strokes.length === 1 && isNear(strokes[0].points[0], [0.9, 0.3]) && isNear(strokes[0].points.at(-1), [1, 0.6]);
  await finds(ada, OWN, isAtTheEdge, 'the second stroke alone');
});

scenario('who shares lets nobody point, and every page obeys, whatever a third one says', async ({ person }) => {
  const [ada, ben, cleo] = await meet(person, ['Ada', 'Ben', 'Cleo']);
  let stroke = 1_000;
  const forges = async () => assert.equal(await ben.tab.run(forge, { sharer: 'Ada', stroke: (stroke += 1) }), 2, 'open channels');
  // While it is allowed, such a page is heard.
  await forges();
  const isForged = ({ strokes }) => strokes.some(({ points }) => isNear(points[0], [0.1, 0.1]) && isNear(points.at(-1), [0.9, 0.9]));
  await Promise.all([finds(ada, OWN, isForged, 'what was forged'), finds(cleo, ADA, isForged, 'what was forged')]);
  await ben.clicks('Point');
  await ada.tab.stir();
  await ada.tab.click('switch', 'Let others point');
  await Promise.all([ben.findsNo('button', 'Point'), cleo.findsNo('button', 'Draw')]);
  const isClean = ({ strokes, dots }) => strokes.length === 0 && dots.length === 0;
  await Promise.all([finds(ada, OWN, isClean, 'nothing', 5), finds(cleo, ADA, isClean, 'nothing', 5)]);
  for (let turn = 0; turn < 10; turn += 1) {
    await forges();
    await passes(0.1);
    const all = await Promise.all([ada.tab.run(look, OWN), cleo.tab.run(look, ADA), ben.tab.run(look, ADA)]);
    for (const seen of all) assert.ok(isClean(seen), JSON.stringify(seen));
  }
  await ada.clicks('Point');
  await goes(ada, OWN, [0.5, 0.4]);
  await findsDot(cleo, ADA, 'Ada', [0.5, 0.4]);
  // Somebody who comes later is told, too.
  const dora = await person('Dora', { on: inChromium });
  await dora.enters();
  await finds(dora, ADA, ({ frame }) => frame.width > 0, 'a picture');
  await dora.findsNo('button', 'Point');
  await ada.tab.stir();
  await ada.tab.click('switch', 'Let others point');
  await Promise.all([ben, dora].map((one) => one.finds('button', 'Point')));
});

for (const [sharer, viewer, browsers] of [
  ['Firefox', 'Chromium', [inFirefox, inChromium]],
  ['Chromium', 'Firefox', [inChromium, inFirefox]],
]) {
  scenario(`${viewer} points at and draws on what ${sharer} shares, and the other way round`, async ({ person }) => {
    const [ada, ben] = await meet(person, ['Ada', 'Ben'], { browsers });
    await ben.clicks('Point');
    await goes(ben, ADA, [0.4, 0.6]);
    await findsDot(ada, OWN, 'Ben', [0.4, 0.6]);
    await ben.clicks('Draw');
    await ben.findsSwitched('Point', 'off');
    await draws(ben, ADA, [0.3, 0.3], [0.6, 0.5]);
    const isDrawn = ({ strokes }) => strokes.length === 1 && isNear(strokes[0].points[0], [0.3, 0.3]) && isNear(strokes[0].points.at(-1), [0.6, 0.5]);
    await finds(ada, OWN, isDrawn, 'a stroke');
    await ada.clicks('Point');
    await goes(ada, OWN, [0.7, 0.4]);
    await findsDot(ben, ADA, 'Ada', [0.7, 0.4]);
  });
}

scenario('a finger draws, and two fingers look closer', async ({ person }) => {
  const [ada, ben] = await meet(person, ['Ada', 'Ben']);
  await ben.clicks('Draw');
  const at = (right, down) => place(ben, ADA, [right, down]);
  await ben.tab.touch('touchStart', await at(0.3, 0.4));
  for (let step = 1; step <= 10; step += 1) await ben.tab.touch('touchMove', await at(0.3 + step * 0.03, 0.4 + step * 0.02));
  await ben.tab.touch('touchEnd');
  const isDrawn = ({ strokes }) => strokes.length === 1 && isNear(strokes[0].points[0], [0.3, 0.4]) && isNear(strokes[0].points.at(-1), [0.6, 0.6]);
  const { strokes } = await finds(ada, OWN, isDrawn, 'what the finger drew');
  assert.ok(strokes[0].points.length > 5, `${strokes[0].points.length} points`);
  await finds(ada, OWN, ({ strokes: now }) => now.length === 0, 'nothing', 10);
  const { picture } = await ben.tab.run(look, ADA);
  const [one, other] = [await at(0.45, 0.5), await at(0.55, 0.5)];
  await ben.tab.touch('touchStart', one, other);
  for (let step = 1; step <= 8; step += 1) await ben.tab.touch('touchMove', [one[0] - step * 12, one[1]], [other[0] + step * 12, other[1]]);
  await ben.tab.touch('touchEnd');
  await finds(ben, ADA, ({ picture: { width } }) => width > 1.3 * picture.width, 'it larger');
});
