// A page that somebody keeps open all day gives everything back that its calls took.

import assert from 'node:assert/strict';
import { stage } from '../lib/stage.mjs';
import { until } from '../lib/until.mjs';

const { scenario, chromium, firefox } = stage();

const TIMES = 50;

/** A page that looks the same so many times in a row is at rest. */
const LOOKS = 8;

for (const [name, on] of Object.entries({ Chromium: chromium(), Firefox: firefox() })) {
  scenario(
    `${name}: fifty joins and leaves in one page leak no connection, no track and no timer`,
    async ({ person }) => {
      const ben = await person('Ben', { on });
      await ben.enters();
      const ada = await person('Ada', { on });
      await ada.enters();
      await ada.sees('Ben');
      await ada.leaves();
      const before = await atRest(ada);
      const benBefore = await atRest(ben);
      for (let time = 1; time <= TIMES; time += 1) {
        await ada.clicks('Rejoin');
        await ada.isWith('Ben');
        // Most times the call is left while it is still being set up.
        if (time % 5 === 0) await ada.sees('Ben');
        await ada.leaves();
      }
      const after = await atRest(ada);
      const made = after.connectionsEver - before.connectionsEver;
      assert.equal(made, TIMES, 'each join makes one connection');
      assert.deepEqual(held(after), held(before), `after ${TIMES} more calls Ada's page holds more than after the first`);
      assert.deepEqual(
        { connections: after.connections, unused: after.unused, tracks: after.tracks },
        { connections: 0, unused: 0, tracks: 0 },
        'somebody who left holds no connection and no device',
      );
      await ben.isWith();
      assert.deepEqual(held(await atRest(ben)), held(benBefore), `Ben's page holds more than after Ada's first call`);
    },
    { patience: 4 },
  );
}

/** What a page must not have more of. */
const held = ({ connectionsEver, socketsEver, tracksEver, ...rest }) => rest;

/** What the page holds when nothing happens in it any more: the same for a while. */
async function atRest(person) {
  let last = '';
  let same = 0;
  return until(
    async () => {
      const now = await person.holds();
      const text = JSON.stringify(held(now));
      same = text === last ? same + 1 : 0;
      last = text;
      return same >= LOOKS && now.connections === 0 && now;
    },
    async () => `${person.name}'s page never comes to rest: ${last}. ${await person.looks()}`,
  );
}
