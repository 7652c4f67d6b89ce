// A shared screen: what the others see and hear of it, and what is sent when nobody looks.

import assert from 'node:assert/strict';
import { screen } from '../lib/screen.mjs';
import { stage } from '../lib/stage.mjs';
import { limit, until } from '../lib/until.mjs';

const { scenario, chromium, firefox } = stage();
const inChromium = chromium();
const BROWSERS = { Chromium: inChromium, Firefox: firefox() };

const RED = [192, 0, 0];
const BLUE = [0, 0, 192];

/** What a person sees of somebody's screen: how large it comes, where it stands, the colour of its left half and the contrast of the right one. */
const seen = (label) => {
  const tile = document.querySelector(`.tile.screen[aria-label="${label}"]`);
  if (!tile) return null;
  const video = tile.querySelector('video');
  const audio = tile.querySelector('audio');
  const look = { place: tile.dataset.place, width: video.videoWidth, height: video.videoHeight, frames: video.getVideoPlaybackQuality().totalVideoFrames };
  look.shown = getComputedStyle(video.parentElement).display !== 'none' && tile.offsetWidth > 0;
  look.paused = video.paused;
  look.heard = audio ? { paused: audio.paused, volume: audio.muted ? 0 : audio.volume } : null;
  if (!video.videoWidth) return look;
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(video, 0, 0);
  look.colour = [...context.getImageData(canvas.width / 4, canvas.height / 2, 1, 1).data].slice(0, 3);
  const { data } = context.getImageData(canvas.width * 0.75, canvas.height / 2, 64, 1);
  const greys = Array.from({ length: 64 }, (_, x) => data[4 * x]);
  look.contrast = Math.max(...greys) - Math.min(...greys);
  return look;
};
const near = (colour, wanted) => Boolean(colour?.every((value, at) => Math.abs(value - wanted[at]) < 40));

/** Waits until somebody's screen looks like this. */
async function seesScreen(someone, label, holds, words) {
  let last;
  await until(
    async () => {
      last = await someone.tab.run(seen, label);
      return last && holds(last);
    },
    async () => `${someone.name} should see ${words} in "${label}": ${JSON.stringify(last)}. ${await someone.looks()}`,
    { within: limit(20) },
  );
}
const seesNoScreen = (someone, label) =>
  until(
    async () => (await someone.tab.run(seen, label)) === null,
    async () => `${someone.name} still sees "${label}". ${await someone.looks()}`,
  );

/** Waits until so many senders of sound have a track, and those alone are active: a browser keeps no part of the path free for the others. */
async function sendsSounds(someone, count) {
  const read = () =>
    window.probe.open().flatMap((connection) =>
      connection
        .getTransceivers()
        .filter(({ receiver }) => receiver.track.kind === 'audio')
        .map(({ sender }) => ({ track: Boolean(sender.track), active: sender.getParameters().encodings[0].active })),
    );
  let last;
  await until(
    async () => {
      last = await someone.tab.run(read);
      return last.length === 2 && last.filter(({ track }) => track).length === count && last.every(({ track, active }) => track === active);
    },
    async () => `${someone.name} should send ${count} sounds, and only those be active: ${JSON.stringify(last)}`,
  );
}

async function pair(person, { on = inChromium, options = {}, other = inChromium } = {}) {
  const ada = await person('Ada', { on, setup: [[screen, options]] });
  const ben = await person('Ben', { on: other, setup: [[screen, { colour: '#00c000' }]] });
  await ada.enters();
  await ben.enters();
  await Promise.all([ada.sees('Ben'), ben.sees('Ada')]);
  return [ada, ben];
}

for (const [name, on] of Object.entries(BROWSERS)) {
  scenario(`${name}: a shared screen is seen large and sharp, beside the camera, until it ends`, async ({ person }) => {
    const [ada, ben] = await pair(person, { on });
    await ada.clicks('Share screen');
    await seesScreen(ben, "Ada's screen", ({ colour, place }) => near(colour, RED) && place === 'spotlight', 'red on the stage');
    await seesScreen(ben, "Ada's screen", ({ height, contrast }) => height === 720 && contrast > 127, 'sharp text, as large as it is captured');
    await Promise.all([ben.sees('Ada'), ben.hears('Ada'), ada.sees('Ben')]);
    await ada.findsSwitched('Share screen', 'on');
    await ada.reads('You share your screen');
    await ben.reads('Ada shares a screen');
    await ada.clicks('Stop sharing');
    await seesNoScreen(ben, "Ada's screen");
    await ada.reads('You no longer share your screen');
    await ben.reads('Ada no longer shares a screen');
    await ada.findsSwitched('Share screen', 'off');
    assert.deepEqual(await ada.tab.run(() => window.screenShare.live()), [], 'what is still captured');
    await ben.sees('Ada');
  });
}

scenario('who looks closely at a screen is sent more of it', async ({ person }) => {
  const ada = await person('Ada', { on: inChromium, setup: [[screen, {}]] });
  const ben = await person('Ben', { on: inChromium, viewport: { width: 640, height: 400 } });
  await ada.enters();
  await ben.enters();
  await ada.clicks('Share screen');
  await seesScreen(ben, "Ada's screen", ({ height }) => height > 0 && height <= 360, 'as many lines as he shows');
  const [page] = ben.tab.context.pages();
  await page.locator('.tile.screen .frame').dblclick();
  await seesScreen(ben, "Ada's screen", ({ height }) => height === 720, 'as many lines as there are');
  await ben.clicks('Whole picture');
  await seesScreen(ben, "Ada's screen", ({ height }) => height <= 360, 'as many lines as he shows again');
});

scenario('Firefox sees what Chromium shares', async ({ person }) => {
  const [ada, ben] = await pair(person, { other: BROWSERS.Firefox });
  await ada.clicks('Share screen');
  await seesScreen(ben, "Ada's screen", ({ colour, height }) => near(colour, RED) && height === 720, 'red');
});

scenario("the browser's own bar ends it, and another one can be shared", async ({ person }) => {
  const [ada, ben] = await pair(person);
  await ada.clicks('Share screen');
  await seesScreen(ben, "Ada's screen", ({ colour }) => near(colour, RED), 'red');
  await ada.tab.run(() => window.screenShare.end());
  await seesNoScreen(ben, "Ada's screen");
  await ada.findsSwitched('Share screen', 'off');
  await ada.clicks('Share screen');
  await seesScreen(ben, "Ada's screen", ({ colour }) => near(colour, BLUE), 'blue');
});

scenario('what is shared is switched without ending it', async ({ person }) => {
  const [ada, ben] = await pair(person);
  await ada.clicks('Share screen');
  await seesScreen(ben, "Ada's screen", ({ colour }) => near(colour, RED), 'red');
  await ben.tab.run(() => {
    window.gone = 0;
    new MutationObserver(() => (window.gone += document.querySelector('.tile.screen') ? 0 : 1)).observe(document.body, { childList: true, subtree: true });
  });
  await ada.clicks('Share something else');
  await seesScreen(ben, "Ada's screen", ({ colour }) => near(colour, BLUE), 'blue');
  assert.equal(await ben.tab.run(() => window.gone), 0, 'how often the tile was gone');
  assert.deepEqual(await ada.tab.run(() => window.screenShare.live()), ['video'], 'what is captured');
});

scenario('several share at once, and someone who comes later and someone who comes back see both', async ({ person }) => {
  const [ada, ben] = await pair(person);
  await ada.clicks('Share screen');
  await ben.clicks('Share screen');
  const cleo = await person('Cleo', { on: inChromium });
  await cleo.enters();
  const both = async () => {
    await seesScreen(cleo, "Ada's screen", ({ colour }) => near(colour, RED), 'red');
    await seesScreen(cleo, "Ben's screen", ({ colour }) => near(colour, [0, 192, 0]), 'green');
  };
  await both();
  await cleo.leaves();
  await cleo.clicks('Rejoin');
  await cleo.isInTheCall();
  await both();
  await seesScreen(ada, "Ben's screen", ({ place }) => place === 'spotlight', 'it large');
  await seesScreen(ben, "Ada's screen", ({ place }) => place === 'spotlight', 'it large');
});

for (const [kind, viewport] of Object.entries({ desktop: { width: 1280, height: 720 }, phone: { width: 390, height: 844 } })) {
  scenario(`${kind}: of two screens the one in the strip is made large by its button`, async ({ person }) => {
    const [ada, ben] = await pair(person);
    const cleo = await person('Cleo', { on: inChromium, viewport });
    await cleo.enters();
    await ada.clicks('Share screen');
    await seesScreen(cleo, "Ada's screen", ({ place }) => place === 'spotlight', 'it large');
    await ben.clicks('Share screen');
    await seesScreen(cleo, "Ben's screen", ({ place }) => place === 'spotlight', 'the newer one large');
    const [page] = cleo.tab.context.pages();
    const small = page.getByRole('group', { name: "Ada's screen", exact: true });
    await small.hover();
    const buttons = small.getByRole('button');
    assert.deepEqual(await buttons.evaluateAll((all) => all.filter((button) => button.checkVisibility()).map(({ ariaLabel }) => ariaLabel)), ['Pin']);
    await buttons.first().click();
    await seesScreen(cleo, "Ada's screen", ({ place }) => place === 'spotlight', 'it large again');
    await seesScreen(cleo, "Ben's screen", ({ place }) => place === 'strip', 'it in the strip');
  });
}

scenario('a screen that is put aside is not sent, and comes back when it is shown', async ({ person }) => {
  const [ada, ben] = await pair(person);
  await ada.clicks('Share screen');
  await seesScreen(ben, "Ada's screen", ({ colour, place }) => near(colour, RED) && place === 'spotlight', 'red on the stage');
  const sent = () => ada.tab.run(() => window.probe.open().flatMap((connection) => connection.getSenders().map(({ track }) => track?.contentHint)));
  assert.ok((await sent()).includes('text'), 'her screen is sent');
  await ben.clicks('Put aside');
  let last;
  await until(
    async () => !(last = await sent()).includes('text'),
    async () => `Ada still sends her screen: ${JSON.stringify(last)}. ${await ada.looks()}`,
    { within: limit(20) },
  );
  await seesScreen(ben, "Ada's screen", ({ shown }) => !shown, 'nothing');
  await ben.sees('Ada');
  await ben.clicks('Show');
  await seesScreen(ben, "Ada's screen", ({ shown, colour, place }) => shown && near(colour, RED) && place === 'spotlight', 'red on the stage');
});

scenario('sound comes with a tab, has its own volume, and is left out where the call could be in it', async ({ person }) => {
  const [ada, ben] = await pair(person, { options: { surface: 'browser', audio: true } });
  await sendsSounds(ada, 1);
  await ada.clicks('Share screen');
  await sendsSounds(ada, 2);
  await ada.tab.stir();
  await ada.finds('button', 'Stop sharing');
  assert.equal(await ada.tab.run(() => document.querySelector('.sharing small').innerText), 'With sound');
  await seesScreen(ben, "Ada's screen", ({ heard }) => heard && !heard.paused && heard.volume === 1, 'and hear it');
  const asked = await ada.tab.run(() => window.screenShare.asked());
  assert.deepEqual(
    asked.map(({ audio, systemAudio, windowAudio, selfBrowserSurface }) => [audio.restrictOwnAudio, systemAudio, windowAudio, selfBrowserSurface]),
    [[true, 'include', 'window', 'exclude']],
  );
  await ben.tab.stir();
  await ben.tab.hover('.tile.screen');
  await ben.clicks('Mute the screen');
  await seesScreen(ben, "Ada's screen", ({ heard }) => heard?.volume === 0, 'nothing to hear');
  await ben.hears('Ada');
  await ada.clicks('Stop sharing');
  await sendsSounds(ada, 1);
});

scenario('a whole screen is shared without sound and without a preview that shows itself', async ({ person }) => {
  const [ada, ben] = await pair(person, { options: { surface: 'monitor', audio: true } });
  await ada.clicks('Share screen');
  await seesScreen(ben, "Ada's screen", ({ colour }) => near(colour, RED), 'red');
  await ada.tab.stir();
  await ada.finds('button', 'Stop sharing');
  assert.equal(await ada.tab.run(() => document.querySelector('.sharing small').innerText), 'Without sound');
  assert.deepEqual(await ada.tab.run(() => window.screenShare.live()), ['video'], 'what is captured');
  await seesScreen(ada, 'Your screen', ({ shown }) => !shown, 'no preview');
});

scenario('text stays sharp and motion moves, as the person chooses, and that is remembered', async ({ person }) => {
  const [ada, ben] = await pair(person);
  await ada.clicks('Share screen');
  assert.deepEqual(await ada.tab.run(() => window.screenShare.hints()), ['text']);
  await ada.tab.stir();
  await ada.tab.click('button', 'Motion');
  await until(
    async () => (await ada.tab.run(() => window.screenShare.hints()))[0] === 'motion',
    async () => `Ada's screen should be sent as motion. ${await ada.looks()}`,
  );
  await seesScreen(ben, "Ada's screen", ({ colour }) => near(colour, RED), 'red');
  await ada.clicks('Stop sharing');
  await ada.clicks('Share screen');
  await until(
    async () => (await ada.tab.run(() => window.screenShare.hints()))[0] === 'motion',
    async () => `Ada's choice should be remembered. ${await ada.looks()}`,
  );
});

scenario('somebody who closes the question is told nothing, and a browser that cannot says why', async ({ person }) => {
  const [ada] = await pair(person, { options: { refuse: 'NotAllowedError' } });
  await ada.clicks('Share screen');
  await until(
    async () => (await ada.tab.run(() => window.screenShare.asked())).length === 1,
    async () => `Ada was never asked. ${await ada.looks()}`,
  );
  await ada.findsSwitched('Share screen', 'off');
  // Another question is asked only when the answer to this one has been seen to.
  await until(
    async () => {
      await ada.clicks('Share screen');
      return (await ada.tab.run(() => window.screenShare.asked())).length >= 2;
    },
    async () => `Ada is not asked again. ${await ada.looks()}`,
  );
  assert.deepEqual((await ada.page()).notices, []);
  const cleo = await person('Cleo', { on: inChromium, setup: [[screen, { refuse: 'NotReadableError' }]] });
  await cleo.enters();
  await cleo.clicks('Share screen');
  await cleo.reads('The screen could not be shared.');
});

scenario('a question that is answered after leaving captures nothing', async ({ person }) => {
  const [ada] = await pair(person);
  await ada.tab.run(() => window.screenShare.hold());
  await ada.clicks('Share screen');
  await ada.leaves();
  await ada.tab.run(() => window.screenShare.answer());
  await until(
    async () => (await ada.tab.run(() => window.screenShare.live())).length === 0,
    async () => `Ada's screen is captured although she has left. ${await ada.looks()}`,
  );
  await ada.holdsNothing();
});

scenario('somebody who shares and stops ten times a second harms nobody', async ({ person }) => {
  const [ada, ben] = await pair(person);
  await ada.tab.run(async () => {
    const button = document.querySelector('button[aria-label="Share screen"]');
    for (let turn = 0; turn < 40; turn += 1) {
      button.click();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    if (button.ariaPressed === 'true') button.click();
  });
  await ada.findsSwitched('Share screen', 'off');
  await seesNoScreen(ben, "Ada's screen");
  await Promise.all([ben.sees('Ada'), ben.hears('Ada')]);
  await ada.clicks('Share screen');
  await seesScreen(ben, "Ada's screen", ({ place, frames }) => place === 'spotlight' && frames > 0, 'it large');
});
