// Everybody is sent pictures in the size that they show, and none that nobody looks at.

import assert from 'node:assert/strict';
import { curtain } from '../lib/hardware.mjs';
import { stage } from '../lib/stage.mjs';
import { limit, until } from '../lib/until.mjs';

const { scenario, chromium, firefox } = stage();
const inChromium = chromium();

/** No picture is larger than this, in lines, whatever is shown. */
const LARGEST = 720;

/** How many lines the picture of a person has, and in how many device pixels it is drawn. */
const lines = (someone, who) =>
  someone.tab.run(
    ({ who }) => {
      const video = document.querySelector(`[data-peer][aria-label="${who}"] video`);
      return { sent: video.videoHeight, drawn: video.clientHeight * devicePixelRatio };
    },
    { who },
  );

/** Waits until this holds for the lines of that person's picture. */
const isSent = (someone, who, holds, words) =>
  until(
    async () => holds(await lines(someone, who)),
    async () => `${someone.name} should be sent ${words} of ${who}: ${JSON.stringify(await lines(someone, who))}. ${await someone.looks()}`,
    { within: limit(20) },
  );
const asDrawn = ({ sent, drawn }) => sent >= 0.9 * Math.min(LARGEST, drawn);

async function pair(person, on, setup) {
  const ada = await person('Ada', { on, setup });
  const ben = await person('Ben', { on: inChromium });
  await ada.enters();
  await ben.enters();
  await Promise.all([ada.sees('Ben'), ben.sees('Ada')]);
  return [ada, ben];
}

scenario('two people are sent as many lines as they show', async ({ person }) => {
  const [ada, ben] = await pair(person, inChromium);
  await Promise.all([isSent(ada, 'Ben', asDrawn, 'what she shows'), isSent(ben, 'Ada', asDrawn, 'what he shows')]);
});

scenario('who saves data is sent small pictures and sends small ones, until they no longer do', async ({ person }) => {
  const [ada, ben] = await pair(person, inChromium);
  const small = ({ sent }) => sent > 0 && sent <= 180;
  await ada.clicks('Settings');
  const [page] = ada.tab.context.pages();
  const lowData = page.getByRole('switch', { name: 'Low data', exact: true });
  await lowData.check();
  await Promise.all([isSent(ada, 'Ben', small, 'a small picture'), isSent(ben, 'Ada', small, 'a small picture')]);
  await ada.sees('Ben');
  await ben.sees('Ada');
  await ben.hears('Ada');
  await lowData.uncheck();
  await Promise.all([isSent(ada, 'Ben', asDrawn, 'what she shows'), isSent(ben, 'Ada', asDrawn, 'what he shows')]);
});

for (const [name, on] of Object.entries({ Chromium: inChromium, Firefox: firefox() })) {
  scenario(`${name}: a page that nobody sees is sent sound and no pictures, and nobody takes that for a lost connection`, async ({ person }) => {
    const [ada, ben] = await pair(person, on, [[curtain]]);
    const said = [await ada.notesLinks(), await ben.notesLinks()];
    await ada.tab.run(() => window.curtain(false));
    await ada.getsNoPictureOf('Ben');
    await ada.hears('Ben');
    await ben.sees('Ada');
    await ada.tab.run(() => window.curtain(true));
    await ada.sees('Ben');
    for (const ends of said) assert.deepEqual(await ends(), ['connected'], 'what the tiles have said');
  });
}
