// Why two people cannot reach each other, in words, on both tiles.

import { freePort } from '../lib/ports.mjs';
import { stage } from '../lib/stage.mjs';
import { limit } from '../lib/until.mjs';
import { seesReach } from '../lib/survival.mjs';

const CLOSED = `127.0.0.1:${await freePort()}`;
const RELAY = `127.0.0.1:${await freePort()}`;
const { scenario, chromium } = stage({
  server: [
    ...['--turn-listen', RELAY, '--external-ip', '127.0.0.1'],
    ...['--ice-server', `turn:${CLOSED}?transport=tcp,guest,secret`],
    ...['--ice-server', `turn:${RELAY}?transport=udp,guest,wrong`],
  ],
});
const inChromium = chromium();

/** A ladder has four rungs of some 15 s each, on the side that waits for the other. */
const LADDER = { within: limit(40) };

/** Two people who can reach nothing but these relays, and get nowhere. */
async function apart(person, ...relays) {
  const people = [];
  for (const [index, onlyRelay] of relays.entries()) {
    const someone = await person(['Ada', 'Ben'][index], { on: inChromium, onlyRelay });
    someone.alsoKnown.push(CLOSED, RELAY);
    await someone.enters();
    people.push(someone);
  }
  const [ada, ben] = people;
  await Promise.all([seesReach(ada, 'Ben', 'unreachable', LADDER), seesReach(ben, 'Ada', 'unreachable', LADDER)]);
  return people;
}

scenario(
  'where neither reaches the relay, both read that it does not answer',
  async ({ person }) => {
    const [ada, ben] = await apart(person, `${CLOSED}?transport=tcp`, `${CLOSED}?transport=tcp`);
    await ada.readsOnTheTileOf('Ben', /the server's relay does not answer/);
    await ben.readsOnTheTileOf('Ada', /the server's relay does not answer/);
  },
  { patience: 3 },
);

scenario(
  'where one network lets nothing through, that one reads that it is theirs, and the other that it is not',
  async ({ person }) => {
    const [ada, ben] = await apart(person, `${RELAY}?transport=tcp`, `${CLOSED}?transport=tcp`);
    await ada.readsOnTheTileOf('Ben', /their network lets neither UDP nor the relay through/);
    await ben.readsOnTheTileOf('Ada', /your network lets neither UDP nor the relay through/);
  },
  { patience: 3 },
);
