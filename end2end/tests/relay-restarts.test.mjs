// The server is the relay, too: where nothing else leads from one person to the other, a server that is started again takes
// their pictures with it. They are back soon after it is, over the same connections.

import assert from 'node:assert/strict';
import { everyoneMeets } from '../lib/person.mjs';
import { stage } from '../lib/stage.mjs';
import { areBack, call, expectALostServer, connectionsOf, outage, seesReach } from '../lib/survival.mjs';
import { limit, passes } from '../lib/until.mjs';

/** After the server listens again, every picture moves again within so many seconds. */
const MOVES_WITHIN = 4;

const { scenario, chromium, firefox } = stage({
  server: ['--external-ip', '127.0.0.1'],
});
const browsers = { Chromium: chromium(), Firefox: firefox({ loopbackCandidates: true }) };

/** @param {{ signal?: string, away?: number }} [how] how the server ends, and for how many seconds it is away */
async function outlives({ person, server, note }, { signal = 'SIGKILL', away = 0 } = {}, ...kinds) {
  const people = [];
  for (const [index, kind] of kinds.entries()) {
    people.push(await person(['Ada', 'Ben'][index], { on: browsers[kind], relayOnly: 'udp' }));
  }
  expectALostServer(...people);
  await call(...people);
  const before = await connectionsOf(...people);
  const begun = performance.now();
  const everybodyMoves = outage(people);
  await server.kill(signal);
  if (away > 3) {
    const [ada, ben] = people;
    await Promise.all([seesReach(ada, 'Ben', 'reconnecting'), seesReach(ben, 'Ada', 'reconnecting')]);
  }
  await passes(Math.max(0, away - (performance.now() - begun) / 1_000));
  await server.restart();
  const listens = performance.now() - begun;
  const moved = (await everybodyMoves()).map(({ person: who, of, back }) => ({ who, of, after: (back - listens) / 1_000 }));
  note(moved.map(({ who, of, after }) => `${who} saw ${of} move ${after.toFixed(1)} s after the server listened again`).join('; '));
  for (const { who, of, after } of moved) {
    assert.ok(after < limit(MOVES_WITHIN) / 1_000, `${who} saw ${of} move only ${after.toFixed(1)} s after the server listened again`);
  }
  await areBack(people);
  await everyoneMeets(...people);
  assert.deepEqual(await connectionsOf(...people), before, 'ICE is restarted on the connections that are there');
}

const restarts = [
  ['is killed and started again at once', {}],
  ['is killed, and away for 8 seconds', { away: 8 }],
  ['is told to stop and started again', { signal: 'SIGTERM' }],
];
for (const kind of Object.keys(browsers)) {
  for (const [what, how] of restarts) {
    scenario(`${kind} with ${kind}: the server that relays their call ${what}, and their pictures move soon after`, (scene) =>
      outlives(scene, how, kind, kind));
  }
}

// Firefox lets a socket wait longer the longer others could not be opened: a third of the outage, up to a minute.
scenario('Firefox with Firefox: the server that relays their call is killed, and away for 20 seconds', (scene) =>
  outlives(scene, { away: 20 }, 'Firefox', 'Firefox'));

scenario('Chromium with Firefox: the server that relays their call is killed, and away for 4 seconds', (scene) =>
  outlives(scene, { away: 4 }, 'Chromium', 'Firefox'));
