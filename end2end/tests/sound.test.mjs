// Browsers that play no sound before a click: the page asks for one.

import assert from 'node:assert/strict';
import { hardware } from '../lib/hardware.mjs';
import { stage } from '../lib/stage.mjs';
import { limit, until } from '../lib/until.mjs';

const { scenario, chromium } = stage();
const plain = chromium();
const silent = chromium({ soundNeedsClick: true });
// Its processes are stopped: nobody else may be in it.
const stopped = chromium();

scenario('who comes by ?autojoin where sound is blocked finds "Enable sound", and hears after clicking it', async ({ person }) => {
  const ben = await person('Ben', { on: plain });
  await ben.enters();
  const ada = await person('Ada', { on: silent, query: '?name=Ada&autojoin&mic=off&camera=off' });
  await ada.arrives();
  await ada.isInTheCall();
  await ada.finds('button', 'Enable sound');
  await ada.sees('Ben');
  await ada.clicks('Enable sound');
  await ada.hears('Ben');
  await ada.findsNo('button', 'Enable sound');
});

scenario('who clicks Join hears at once, also where sound needs a click', async ({ person }) => {
  const ben = await person('Ben', { on: plain });
  await ben.enters();
  const ada = await person('Ada', { on: silent });
  await ada.enters();
  await ada.hears('Ben');
  await ada.findsNo('button', 'Enable sound');
});

scenario('where pictures need a click, too, "Enable sound" starts them', async ({ person }) => {
  /** A browser that saves power plays nothing before a click. */
  const needsClick = () => {
    const { play } = HTMLMediaElement.prototype;
    let clicked = false;
    addEventListener('click', () => (clicked = true), true);
    HTMLMediaElement.prototype.play = function played() {
      if (clicked || this.matches('[data-preview]')) return play.call(this);
      return Promise.reject(new DOMException('play() needs a click', 'NotAllowedError'));
    };
  };
  const ben = await person('Ben', { on: plain });
  await ben.enters();
  const ada = await person('Ada', { on: plain, query: '?name=Ada&autojoin&mic=off&camera=off', setup: [[needsClick]] });
  await ada.arrives();
  await ada.isInTheCall();
  await ada.finds('button', 'Enable sound');
  assert.equal((await ada.look('Ben')).picture.paused, true, 'or this test tests nothing');
  await ada.clicks('Enable sound');
  await ada.sees('Ben');
  await ada.hears('Ben');
  await ada.findsNo('button', 'Enable sound');
});

scenario('the ring around a speaker goes out when nothing comes any more', async ({ person }) => {
  const ada = await person('Ada', { on: plain });
  const ben = await person('Ben', { on: stopped, setup: [[hardware, { tone: true }]] });
  await ada.enters();
  await ben.enters();
  await ada.hears('Ben');
  const { audioContexts } = await ada.holds();
  assert.ok(audioContexts <= 2, `${audioContexts} audio graphs: one listens to the own microphone, one plays that Ben has come, and the others need none`);
  const speaks = () => ada.tab.run(() => document.querySelector('[data-peer]').dataset.speaking === 'true');
  await until(speaks, async () => `Ben should have a ring. ${await ada.looks()}`);
  const goesOn = await ben.tab.suspend();
  try {
    await until(async () => !(await speaks()), async () => `Ben says nothing and has a ring. ${await ada.looks()}`, { within: limit(1) });
  } finally {
    await goesOn();
  }
  await until(speaks, async () => `Ben should have a ring again. ${await ada.looks()}`);
});
