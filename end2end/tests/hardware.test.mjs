// Cameras, microphones and speakers come, go, and are muted by the system: the page uses what there is, and says what is true.

import assert from 'node:assert/strict';
import { hardware } from '../lib/hardware.mjs';
import { stage } from '../lib/stage.mjs';
import { limit, passes, until } from '../lib/until.mjs';

const { scenario, chromium, firefox } = stage();
// Of Chromium's three fake cameras the second sends pictures of depth, which no call shows.
const two = chromium({ cameras: 3 });
const browsers = { Chromium: chromium(), Firefox: firefox() };

const [FIRST, SECOND] = ['fake_device_0', 'fake_device_2'];
const NO_PICTURE = /camera (is )?off|no camera/i;

/** Ada, whose devices do what the test says, in a call with Ben. */
async function call(person, on, options) {
  const ben = await person('Ben', { on });
  const ada = await person('Ada', { on, setup: [[hardware, options]] });
  await ben.enters();
  await ada.enters();
  await ben.sees('Ada');
  await ben.hears('Ada');
  return [ada, ben];
}

const choose = async (someone, list, label) => {
  await someone.clicks('Settings');
  await someone.does(`could not choose "${label}"`, () => someone.tab.choose(list, label));
};
const isCapturedBy = (someone, label) =>
  until(
    async () => (await someone.tab.run(() => window.probe.preview())).label === label,
    async () => `${someone.name} should be seen by "${label}": ${JSON.stringify(await someone.tab.run(() => window.hardware.labels()))}. ${await someone.looks()}`,
  );
const remembered = (someone) => someone.tab.run(() => localStorage.getItem('parlour.camera'));
const questions = (someone) => someone.tab.run(() => window.hardware.questions());

scenario('a camera is exchanged for another one where only one can be open', async ({ person }) => {
  const [ada, ben] = await call(person, two, { oneCamera: true });
  await choose(ada, 'Choose camera', SECOND);
  await isCapturedBy(ada, SECOND);
  await ben.sees('Ada');
  await ada.seesThemself();
  assert.ok(await remembered(ada), 'what has worked is remembered');
});

for (const oneCamera of [false, true]) {
  scenario(`a chosen camera that does not open leaves the one that works${oneCamera ? ', where only one can be open' : ''}`, async ({ person }) => {
    const [ada, ben] = await call(person, two, { oneCamera, broken: [SECOND] });
    await choose(ada, 'Choose camera', SECOND);
    await ada.reads(`${SECOND} is used by another program. Close it and choose again.`);
    await isCapturedBy(ada, FIRST);
    await ben.sees('Ada');
    await ada.seesThemself();
    assert.equal(await remembered(ada), null, 'what has not worked is not remembered');
  });
}

scenario('a camera that is plugged out is followed by the next one, and used again when it is back', async ({ person }) => {
  const [ada, ben] = await call(person, two);
  await choose(ada, 'Choose camera', SECOND);
  await isCapturedBy(ada, SECOND);
  await ada.tab.run((label) => window.hardware.unplug(label), SECOND);
  await ada.reads(`${SECOND} is no longer available. ${FIRST} is used now.`);
  await isCapturedBy(ada, FIRST);
  await ben.sees('Ada');
  await ben.noLongerReadsOnTheTileOf('Ada', NO_PICTURE);
  await ada.tab.run((label) => window.hardware.plug(label), SECOND);
  await ada.reads(`${SECOND} is back and used again.`);
  await isCapturedBy(ada, SECOND);
  await ben.sees('Ada');
});

scenario('the only camera is plugged out: both sides are told, and it is used as soon as it is back', async ({ person }) => {
  const [ada, ben] = await call(person, browsers.Chromium);
  await ada.tab.run((label) => window.hardware.unplug(label), FIRST);
  await ada.reads(/Your camera is gone, and the others do not see you\.|No camera was found\./);
  await ben.readsOnTheTileOf('Ada', NO_PICTURE);
  await ben.hears('Ada');
  await ada.tab.run((label) => window.hardware.plug(label), FIRST);
  await ben.sees('Ada');
  await ben.noLongerReadsOnTheTileOf('Ada', NO_PICTURE);
});

scenario('a camera that ends and stays plugged in is used again', async ({ person }) => {
  const [ada, ben] = await call(person, browsers.Chromium);
  await ada.tab.run(() => window.hardware.end('video'));
  await until(async () => (await questions(ada)).length > 1, async () => `Ada's page does not ask. ${await ada.looks()}`);
  await ada.seesThemself();
  await ben.sees('Ada');
});

scenario('who takes the permission back is told how to give it, and is not asked by itself', async ({ person }) => {
  const [ada, ben] = await call(person, browsers.Chromium);
  await ada.tab.run(() => window.hardware.forbid());
  await ada.reads(/The browser may not use your (camera|microphone)\. Allow it in the address bar/);
  await ben.stopsSeeing('Ada');
  await ben.readsOnTheTileOf('Ada', NO_PICTURE);
  await ben.readsOnTheTileOf('Ada', /Microphone off/);
  const { length } = await questions(ada);
  await ada.tab.run(() => navigator.mediaDevices.dispatchEvent(new Event('devicechange')));
  await ada.hears('Ben');
  assert.equal((await questions(ada)).length, length, 'nothing is asked before a click');
});

scenario('a microphone that is plugged out is followed by the next one', async ({ person }) => {
  const [ada, ben] = await call(person, browsers.Chromium);
  const [label] = (await ada.tab.run(() => window.hardware.labels())).filter((label) => /audio/i.test(label));
  await ada.tab.run((label) => window.hardware.unplug(label), label);
  await ada.reads(`${label} is no longer available.`);
  await ben.hears('Ada');
});

scenario('a speaker is used once it is chosen, the default one while it is gone, and it again when it is back', async ({ person }) => {
  const speakers = ['Default', 'Headset', 'Monitor'];
  const [ada, ben] = await call(person, browsers.Chromium, { speakers });
  const chosen = () => ada.tab.run(() => document.querySelector('select[aria-label="Choose speaker"]').selectedOptions[0]?.text);
  const playsOn = (id, label) =>
    until(
      async () => (await ada.tab.run(() => window.hardware.playsOn())).join() === id && (await chosen()) === label,
      async () => `Ada should hear by "${label}": ${await ada.tab.run(() => window.hardware.playsOn())}, chosen is "${await chosen()}". ${await ada.looks()}`,
    );
  await ada.hears('Ben');
  assert.deepEqual(await ada.tab.run(() => window.hardware.routed()), [], 'nobody has chosen a speaker');
  await choose(ada, 'Choose speaker', 'Headset');
  await playsOn('Headset', 'Headset');
  await ada.tab.run(() => window.hardware.unplug('Headset'));
  await ada.reads('Headset is no longer available. The default speaker is used now.');
  await playsOn('', 'Default');
  await ada.hears('Ben');
  await ada.tab.run(() => window.hardware.plug('Headset'));
  await ada.reads('Headset is back and used again.');
  await playsOn('Headset', 'Headset');
  await ben.hears('Ada');
});

scenario('what ends takes no other sentence with it', async ({ person }) => {
  const [ada, ben] = await call(person, browsers.Chromium);
  const [covered, muted] = ['Your system has covered the camera.', 'Your system has muted the microphone.'];
  await ada.tab.run(() => window.hardware.mute('video', true));
  await ada.reads(covered);
  await ada.tab.run(() => window.hardware.mute('audio', true));
  await ada.reads(muted);
  await ada.tab.run(() => window.hardware.mute('video', false));
  await ben.noLongerReadsOnTheTileOf('Ada', NO_PICTURE);
  await ada.noLongerReads(covered);
  await ada.reads(muted);
  await ada.tab.run(() => window.hardware.mute('audio', false));
  await ada.noLongerReads(muted);
});

for (const [name, on] of Object.entries(browsers)) {
  scenario(`${name}: what the system mutes, both sides are told of, until it ends`, async ({ person }) => {
    const [ada, ben] = await call(person, on);
    for (const [kind, sentence, words] of [
      ['video', 'Your system has covered the camera.', /camera interrupted/i],
      ['audio', 'Your system has muted the microphone.', /microphone interrupted/i],
    ]) {
      await ada.tab.run(({ kind }) => window.hardware.mute(kind, true), { kind });
      await ada.reads(sentence);
      await ben.readsOnTheTileOf('Ada', words);
      await ada.tab.run(({ kind }) => window.hardware.mute(kind, false), { kind });
      await ada.noLongerReads(sentence);
      await ben.noLongerReadsOnTheTileOf('Ada', words);
    }
    await ben.sees('Ada');
    await ben.hears('Ada');
  });

  scenario(`${name}: a camera that starts after Leave is stopped at once`, async ({ person }) => {
    const [ada] = await call(person, on);
    await ada.clicks('Camera');
    await ada.hasNoLight();
    const { tracksEver } = await ada.holds();
    await ada.tab.run(() => window.hardware.hold());
    await ada.clicks('Camera');
    await until(
      async () => (await questions(ada)).length === 2,
      async () => `Ada's page asked ${JSON.stringify(await questions(ada))}. ${await ada.looks()}`,
    );
    await ada.leaves();
    await ada.tab.run(() => window.hardware.answer());
    await until(
      async () => (await ada.holds()).tracksEver > tracksEver,
      async () => `the camera never started. ${await ada.looks()}`,
    );
    await until(async () => (await ada.holds()).tracks === 0, async () => `a device of Ada's is on after she left. ${await ada.looks()}`, { within: limit(1) });
    assert.equal((await questions(ada)).length, 2, 'nothing is asked any more');
  });

  scenario(`${name}: a remembered camera that is gone costs no second question`, async ({ person }) => {
    const forget = () => localStorage.setItem('parlour.camera', 'gone long ago');
    const ada = await person('Ada', { on, setup: [[forget], [hardware]] });
    await ada.arrives();
    await ada.seesThemself();
    await ada.enters();
    await ada.seesThemself();
    assert.deepEqual((await questions(ada)).map(({ video, audio }) => [video, audio]), [[true, true]]);
  });
}

scenario('after Leave nothing is asked any more, whatever the open question finds', async ({ person }) => {
  const ada = await person('Ada', { on: browsers.Chromium, query: '?name=Ada&autojoin', setup: [[hardware, { holds: true }]] });
  await ada.arrives();
  await ada.isInTheCall();
  await until(async () => (await questions(ada)).length === 1, async () => `Ada's page asks nothing. ${await ada.looks()}`);
  await ada.leaves();
  await ada.tab.run(() => window.hardware.answer('NotReadableError'));
  // Longer than it takes to ask for each device by itself.
  await passes(1);
  assert.equal((await questions(ada)).length, 1);
  await ada.holdsNothing();
});

scenario('after a refusal nothing is asked until a click', async ({ person }) => {
  const counted = () => {
    window.asked = 0;
    // The browser would ask the person again.
    Permissions.prototype.query = async () => ({ state: 'prompt' });
    MediaDevices.prototype.getUserMedia = async () => {
      window.asked += 1;
      throw new DOMException('Permission denied', 'NotAllowedError');
    };
  };
  const ben = await person('Ben', { on: browsers.Chromium });
  await ben.enters();
  const ada = await person('Ada', { on: browsers.Chromium, setup: [[counted]] });
  const asked = () => ada.tab.run(() => window.asked);
  await ada.arrives();
  await ada.reads('The browser may not use your camera.');
  await ada.reads('The browser may not use your microphone.');
  assert.equal(await asked(), 1, 'one question for both');
  await ada.introduces();
  await ada.joins();
  await ada.sees('Ben');
  await ada.tab.run(() => navigator.mediaDevices.dispatchEvent(new Event('devicechange')));
  await ada.hears('Ben');
  assert.equal(await asked(), 1, 'Join is no wish for a camera');
  await ada.clicks('Camera');
  await until(async () => (await asked()) === 2, async () => `Ada clicked Camera and was asked ${await asked()} times. ${await ada.looks()}`);
});
