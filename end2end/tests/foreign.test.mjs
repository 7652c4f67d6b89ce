// A client that shares no code with Parlour, and follows PROTOCOL.md alone, holds a call with the page.

import assert from 'node:assert/strict';
import { foreignClient } from '../lib/foreign.mjs';
import { stage } from '../lib/stage.mjs';
import { until } from '../lib/until.mjs';

const { scenario, chromium, firefox } = stage();
const inChromium = chromium();
const inFirefox = firefox();

/** Lets an ordinary client into the room. It runs on a bare page of the same origin. */
async function foreigner(person, on, { server, room }) {
  const someone = await person('Otto', { on, path: '/healthz' });
  await someone.arrives();
  // Browsers ask for an icon by themselves, and this path has none.
  someone.expected.push(/404/);
  const url = `${server.url.replace('http', 'ws')}/ws`;
  await someone.tab.run(foreignClient, { url, room, name: 'Otto' });
  return someone;
}

/** Both see and hear each other: frames and sound go on coming. */
async function meets(page, foreign) {
  await page.sees('Otto');
  await page.hears('Otto');
  const look = async () => (await foreign.tab.run(() => window.foreign.look()))[0] ?? {};
  const first = await until(
    async () => {
      const seen = await look();
      return seen.frames > 0 && seen.packets > 0 && seen;
    },
    async () => `the ordinary client sees nothing: ${JSON.stringify(await look())}, ${JSON.stringify(await foreign.tab.run(() => window.foreign.problems()))}. ${await page.looks()}`,
  );
  const later = await until(
    async () => {
      const seen = await look();
      return seen.frames > first.frames && seen.packets > first.packets && seen;
    },
    async () => `what the ordinary client sees stands still: ${JSON.stringify(await look())}`,
  );
  assert.deepEqual(await foreign.tab.run(() => window.foreign.problems()), []);
  return later;
}

for (const [browser, on, other] of [
  ['Chromium', inChromium, inChromium],
  ['Firefox', inFirefox, inChromium],
]) {
  scenario(`an ordinary client that offers holds a call with the page in ${browser}`, async ({ person, server, room }) => {
    const foreign = await foreigner(person, other, { server, room });
    const ada = await person('Ada', { on });
    await ada.enters();
    await meets(ada, foreign);
    assert.equal(await foreign.tab.run(() => window.foreign.look().then(([seen]) => seen.lines)), 2, 'no line is added to its offer');
    await foreign.tab.run(() => window.foreign.leave());
  });

  scenario(`an ordinary client that answers holds a call with the page in ${browser}`, async ({ person, server, room }) => {
    const ada = await person('Ada', { on });
    await ada.enters();
    const foreign = await foreigner(person, other, { server, room });
    const { msids, lines } = await meets(ada, foreign);
    assert.equal(lines, 5, 'four m-lines for media and one for data');
    const streams = msids.map(([, stream]) => stream);
    assert.equal(streams[0], streams[1], 'microphone and camera share a stream');
    assert.equal(streams[2], streams[3], 'so do the screen and its sound');
    assert.ok(streams[0] && streams[2] && streams[0] !== streams[2], `two streams: ${streams}`);
    await foreign.tab.run(() => window.foreign.leave());
  });
}
