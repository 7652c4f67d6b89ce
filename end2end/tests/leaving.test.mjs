// Everyone who goes is gone for the others at once, however they go, and may come back.

import assert from 'node:assert/strict';
import { everyoneMeets } from '../lib/person.mjs';
import { stage } from '../lib/stage.mjs';
import { PATIENCE, until } from '../lib/until.mjs';

const { scenario, chromium, firefox } = stage();
const browsers = { Chromium: chromium(), Firefox: firefox() };
const keepsPages = { Chromium: chromium({ keepsPages: true }), Firefox: browsers.Firefox };

/** Who goes is gone for the others in this time, in milliseconds (stretched by PARLOUR_PATIENCE like all waiting). */
const AT_ONCE = (2_000 * PATIENCE) / 15_000;

async function pair(person, on) {
  const ada = await person('Ada', { on });
  const ben = await person('Ben', { on });
  await ada.enters();
  await ben.enters();
  await Promise.all([ada.sees('Ben'), ben.sees('Ada')]);
  return [ada, ben];
}

/** Waits until nobody else is in the call, no longer than a person would call "at once". */
async function isAloneAtOnce(person) {
  await until(async () => (await person.tiles()).length === 0, async () => `${person.name} still sees a ghost. ${await person.looks()}`, {
    within: AT_ONCE,
  });
  const { connections } = await person.holds();
  assert.equal(connections, 0, `${person.name}'s page keeps a connection to someone who is gone`);
}

for (const [name, on] of Object.entries(browsers)) {
  scenario(`${name}: who leaves reads "You left", is gone for the others, and rejoins`, async ({ person }) => {
    const [ada, ben] = await pair(person, on);
    await ada.leaves();
    await isAloneAtOnce(ben);
    await ada.holdsNothing();
    await ada.clicks('Rejoin');
    await ada.isInTheCall();
    await everyoneMeets(ada, ben);
    await ben.isWith('Ada');
  });

  scenario(`${name}: who closes the tab is gone for the others at once`, async ({ person }) => {
    const [ada, ben] = await pair(person, on);
    await ada.closesTheTab();
    await isAloneAtOnce(ben);
  });

  scenario(`${name}: who reloads the page finds the lobby, and is in the room once after joining again`, async ({ person }) => {
    const [ada, ben] = await pair(person, on);
    await ada.tab.reload();
    await isAloneAtOnce(ben);
    await ada.joins();
    await everyoneMeets(ada, ben);
    await ben.isWith('Ada');
  });

  scenario(`${name}: who reloads a page that skips the lobby again and again leaves no ghosts`, async ({ person }) => {
    const ben = await person('Ben', { on });
    await ben.enters();
    const ada = await person('Ada', { on, query: '?autojoin&name=Ada' });
    // What is still on its way when a page is left fails there.
    ada.expected.push(/^console error: JSHandle@error$/, /Failed to fetch|interrupted|WebSocket/i);
    await ada.arrives();
    // One more than a room has places.
    for (let reload = 0; reload < 9; reload++) await ada.tab.reload();
    await ada.isInTheCall();
    await ben.isWith('Ada');
  });

  scenario(`${name}: the back button leaves the call, and forward leads into the room again`, async ({ person, server }) => {
    const ben = await person('Ben', { on: browsers[name] });
    await ben.enters();
    const ada = await person('Ada', { on: keepsPages[name] });
    await ada.tab.goto(server.url);
    await ada.enters();
    await ben.sees('Ada');
    await ada.tab.back();
    await ada.finds('link', 'New room');
    await isAloneAtOnce(ben);
    await ada.tab.forward();
    await until(
      async () => (await ada.page()).buttons.some((button) => ['Join', 'Rejoin'].includes(button)),
      async () => `Ada went forward and has no way back into the call. ${await ada.looks()}`,
    );
    await ada.clicks((await ada.page()).buttons.find((button) => ['Join', 'Rejoin'].includes(button)));
    await ada.isInTheCall();
    await everyoneMeets(ada, ben);
  });

  scenario(`${name}: a second tab of the same person is a second seat`, async ({ person }) => {
    const first = await person('Ada', { on });
    const second = await person('Ada', { on, beside: first.tab });
    const ben = await person('Ben', { on });
    for (const someone of [first, second, ben]) await someone.enters();
    await ben.isWith('Ada', 'Ada');
    const seats = await ben.tiles();
    assert.notEqual(seats[0].peer, seats[1].peer, 'two tabs must have two seats');
    for (const seat of seats) {
      await ben.sees(seat);
      await ben.hears(seat);
    }
    await first.sees('Ada');
    await second.sees('Ada');
    await second.leaves();
    await ben.isWith('Ada');
    await ben.sees('Ada');
    await first.isWith('Ben');
  });
}
