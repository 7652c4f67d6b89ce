// Networks that let nothing but the page through, and a server without a relay: nobody hopes in vain.

import assert from 'node:assert/strict';
import { limit, until } from '../lib/until.mjs';
import { laboratory, NOTHING_BUT_HTTPS } from './laboratory.mjs';

/** Both read that there is no way so many seconds after the click on Join. */
const SAID = 10;

laboratory({ relay: false }, ({ internet, row }) => {
  row(
    'people between whose networks there is no way are told so',
    async ({ settle, note }) => {
      const ada = await settle('Ada', internet.router(NOTHING_BUT_HTTPS).host());
      const ben = await settle('Ben', internet.router(NOTHING_BUT_HTTPS).host());
      await ada.joins();
      await ben.joins();
      const told = await Promise.all([[ada, 'Ben'], [ben, 'Ada']].map(async ([one, other]) => {
        await until(
          async () => (await one.tiles()).some(({ name, reach }) => name === other && reach === 'unreachable'),
          async () => `${one.name} still hopes to reach ${other}: ${JSON.stringify(await one.tiles())}. ${await one.looks()}`,
          { within: limit(SAID) * 6 },
        );
        await one.readsOnTheTileOf(other, /Cannot reach them/);
        return one.tab.run(() => performance.timeOrigin + performance.now());
      }));
      const clicked = await ben.tab.run(() => performance.timeOrigin + window.stopwatch.clicked);
      const times = told.map((at, index) => `${['Ada', 'Ben'][index]} after ${((at - clicked) / 1_000).toFixed(1)} s`).join(', ');
      note(`that there is no way is read by ${times}`);
      for (const at of told) assert.ok(at - clicked < limit(SAID), `that there is no way is read by ${times}`);
    },
    { patience: 2 },
  );
});
