// A network that becomes another one in the middle of a call: nobody touches the page, and the call goes on.

import assert from 'node:assert/strict';
import { everyoneMeets } from '../lib/person.mjs';
import { expectALostServer, connectionsOf, outage } from '../lib/survival.mjs';
import { limit } from '../lib/until.mjs';
import { laboratory, meet, reflexive } from './laboratory.mjs';

/** Picture and sound are back within so many seconds. */
const BACK = 5;

laboratory({}, ({ internet, row }) => {
  // Who was there first repairs, and the other waits for it: each of the two is once the one whose network changes.
  for (const [who, index] of [['the first', 0], ['the second', 1]]) {
    const changes = (name, change) =>
      row(
        name,
        async ({ settle, note }) => {
          const routers = [internet.router({ nat: 'home' }), internet.router({ nat: 'home' })];
          const hosts = routers.map((router) => router.host());
          const people = [await settle('Ada', hosts[0]), await settle('Ben', hosts[1])];
          expectALostServer(people[index]);
          await meet(people, [reflexive, reflexive], note);
          const other = people[1 - index];
          const [links, { socketsEver }] = [await connectionsOf(...people), await other.holds()];
          const lasted = outage(people);
          change(routers[index], hosts[index]);
          const times = await lasted();
          const told = times.map(({ person, of, back }) => `${person} sees ${of} again after ${(back / 1_000).toFixed(1)} s`).join(', ');
          note(told);
          for (const { back } of times) assert.ok(back < limit(BACK), told);
          await everyoneMeets(...people);
          assert.deepEqual(await connectionsOf(...people), links, 'ICE is restarted on the connections that are there');
          assert.equal((await other.holds()).socketsEver, socketsEver, `${other.name}'s socket was given up, though nothing was wrong with it`);
        },
        { patience: 2 },
      );

    changes(`a router of ${who} of two that gets another address in a call: both are back in it`, (router) => router.changesAddress());
    changes(`a host of ${who} of two that gets another address in a call: both are back in it`, (_, host) => host.changesAddress());
  }
});
