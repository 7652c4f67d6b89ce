// What two pages lay between them: m-lines with streams, and two data channels.

import assert from 'node:assert/strict';
import { everyoneMeets } from '../lib/person.mjs';
import { wires } from '../lib/hardware.mjs';
import { stage } from '../lib/stage.mjs';
import { until } from '../lib/until.mjs';

const { scenario, chromium, firefox } = stage();
const browsers = { Chromium: chromium(), Firefox: firefox() };

for (const [name, on] of Object.entries(browsers)) {
  const pair = async (person) => {
    const people = [await person('Ada', { on, setup: [[wires]] }), await person('Ben', { on, setup: [[wires]] })];
    for (const someone of people) await someone.enters();
    await everyoneMeets(...people);
    return people;
  };

  scenario(`${name}: microphone and camera share a stream, the screen and its sound another, whoever offers`, async ({ person }) => {
    const said = [];
    for (const someone of await pair(person)) {
      const [descriptions] = await someone.tab.run(() => window.wires.streams());
      for (const streams of descriptions) {
        assert.equal(streams.length, 4, `four m-lines: ${streams}`);
        const [microphone, camera, screen, screenAudio] = streams;
        assert.ok(/[^-]/.test(microphone) && /[^-]/.test(screen), `${someone.name} reads streams of no name: ${streams}`);
        assert.equal(microphone, camera, 'microphone and camera share a stream');
        assert.equal(screen, screenAudio, 'so do the screen and its sound');
        assert.notEqual(microphone, screen);
      }
      said.push(descriptions);
    }
    const [[adas, bens], [bensOwn, adasThere]] = said;
    assert.deepEqual([adas, bens], [adasThere, bensOwn], 'both pages read the same');
  });

  scenario(`${name}: a text on the peer channel costs nothing, whatever number it is`, async ({ person }) => {
    const [ada, ben] = await pair(person);
    // More bytes than the page's program can have.
    await ada.tab.run(() => window.wires.say('5000000000'));
    await ada.tab.run(() => window.wires.say('1000000000'));
    await ada.clicks('Raise hand');
    await ben.readsOnTheTileOf('Ada', /Hand raised/);
    await ben.sees('Ada');
  });

  scenario(`${name}: both data channels are open, and one that nobody asked for is closed`, async ({ person }) => {
    const people = await pair(person);
    const channels = (someone) => someone.tab.run(() => window.wires.channels());
    const areOpen = async (someone) =>
      until(
        async () => (await channels(someone))[0]?.sort().join() === '14: open,15: open',
        async () => `${someone.name}'s channels are ${JSON.stringify(await channels(someone))}. ${await someone.looks()}`,
      );
    for (const someone of people) await areOpen(someone);
    for (const someone of people) {
      await someone.tab.run(() => window.wires.intrude());
      await until(
        async () => (await someone.tab.run(() => window.wires.strange())) === 'closed',
        async () => `the channel that ${someone.name} made for nothing is ${await someone.tab.run(() => window.wires.strange())}. ${await someone.looks()}`,
      );
    }
    for (const someone of people) await areOpen(someone);
    await everyoneMeets(...people);
  });
}
