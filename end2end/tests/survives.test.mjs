// The server goes away under a call, and comes back: nobody's picture stops, and everybody is in the room as before.

import { everyoneMeets } from '../lib/person.mjs';
import { stage } from '../lib/stage.mjs';
import { areBack, call, expectALostServer, readsThatTheServerIsGone, watch } from '../lib/survival.mjs';
import { passes } from '../lib/until.mjs';

const { scenario, chromium, firefox } = stage();
const inChromium = chromium();
const inFirefox = firefox();

const MUTED = /muted/i;

/** A call of these browsers, whose consoles may say that the server is gone. */
async function inACall(person, browsers) {
  const names = ['Ada', 'Ben', 'Cleo'];
  const people = [];
  for (const [index, on] of browsers.entries()) people.push(await person(names[index], { on }));
  expectALostServer(...people);
  await call(...people);
  return people;
}

/** Ends the server, waits, starts it again, and expects that nobody's call has suffered. */
async function outlives(server, people, signal, seconds = 0) {
  const everyPictureWentOn = await watch(...people);
  await server.kill(signal);
  await readsThatTheServerIsGone(...people);
  await passes(seconds);
  await server.restart();
  await areBack(people);
  await everyPictureWentOn();
}

scenario(
  'the server is killed and started again: the same connections go on, a fourth person meets everybody, muting is seen',
  async ({ person, server }) => {
    const people = await inACall(person, [inChromium, inChromium, inChromium]);
    await outlives(server, people, 'SIGKILL', 5);
    const [ada, ben, cleo] = people;
    const dov = await person('Dov', { on: inChromium });
    await dov.enters();
    await everyoneMeets(...people, dov);
    await Promise.all([ada.isWith('Ben', 'Cleo', 'Dov'), dov.isWith('Ada', 'Ben', 'Cleo')]);
    await ada.clicks('Microphone');
    await Promise.all([ben, cleo, dov].map((other) => other.readsOnTheTileOf('Ada', MUTED)));
    await ben.stopsHearing('Ada');
  },
  { patience: 2 },
);

scenario('the server is told to stop and started again: the same connections go on', async ({ person, server }) => {
  const people = await inACall(person, [inChromium, inChromium, inChromium]);
  await outlives(server, people, 'SIGTERM');
  await everyoneMeets(...people);
});

scenario(
  'there is no server for 30 seconds: the same connections go on',
  async ({ person, server }) => {
    const people = await inACall(person, [inChromium, inChromium, inChromium]);
    await outlives(server, people, 'SIGKILL', 30);
    await everyoneMeets(...people);
  },
  { patience: 2 },
);

scenario('Firefox: the server is killed and started again, and the same connection goes on', async ({ person, server }) => {
  const people = await inACall(person, [inFirefox, inFirefox]);
  await outlives(server, people, 'SIGKILL');
  await everyoneMeets(...people);
});

scenario('Chromium and Firefox: the server is killed and started again, and the same connection goes on', async ({ person, server }) => {
  const people = await inACall(person, [inChromium, inFirefox]);
  await outlives(server, people, 'SIGKILL');
  await everyoneMeets(...people);
});
