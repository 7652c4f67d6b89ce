// A network that becomes another one in the middle of a call: nobody touches the page, and the call goes on.

import assert from 'node:assert/strict';
import { everyoneMeets } from '../lib/person.mjs';
import { expectALostServer, outage } from '../lib/survival.mjs';
import { limit } from '../lib/until.mjs';
import { laboratory, meet, reflexive } from './laboratory.mjs';

/** Picture and sound are back within so many seconds. */
const BACK = 5;

laboratory({}, ({ internet, row }) => {
  const changes = (name, change) =>
    row(
      name,
      async ({ settle, note }) => {
        const routers = [internet.router({ nat: 'home' }), internet.router({ nat: 'home' })];
        const hosts = routers.map((router) => router.host());
        // Who was there first is the one who repairs: each of the two is the one whose network changes once.
        const [ada, ben] = [await settle('Ada', hosts[0]), await settle('Ben', hosts[1])];
        expectALostServer(ada, ben);
        await meet([ada, ben], [reflexive, reflexive], note);
        for (const [index, one] of [ada, ben].entries()) {
          const lasted = outage([ada, ben]);
          await change(routers[index], hosts[index]);
          const times = await lasted();
          const told = times.map(({ person, of, back }) => `${person} sees ${of} again after ${(back / 1_000).toFixed(1)} s`).join(', ');
          note(`when ${one.name}'s network has changed, ${told}`);
          for (const { back } of times) assert.ok(back < limit(BACK), `when ${one.name}'s network has changed, ${told}`);
          await everyoneMeets(ada, ben);
        }
      },
      { patience: 2 },
    );

  changes('a router that gets another address in a call is back in it at once', (router) => router.changesAddress());
  changes('a host that moves to another address in a call is back in it at once', (_, host) => host.changesAddress());
});
