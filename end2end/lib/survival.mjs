// What a person notices of a server or a network that goes away, and how it is told that their call survived it.

import assert from 'node:assert/strict';
import { everyoneMeets } from './person.mjs';
import { limit, PATIENCE, until } from './until.mjs';

/** After a server or a network is there again, everybody has their seat back within so many seconds. */
export const BACK_WITHIN = 6;

/**
 * A picture that stands so long, in seconds, has stopped. Frames come five times a second; on a machine that is busy with all
 * these browsers some of them come seconds late. Outages are longer than this, and another connection is told at once.
 */
const STANDSTILL = 4;

/** What browsers write on their console when a socket or a request fails because nobody answers. */
const LOST = [
  /WebSocket connection to .* failed/,
  /can.t establish a connection to the server at ws/,
  /The connection to ws.* was interrupted/,
  /Failed to load resource: net::ERR_/,
  // The call's part of the program was still on its way. It is fetched again.
  /WebAssembly compilation aborted|error: TypeError: (Failed to fetch|NetworkError when attempting)/,
];

/** These people's browsers will say on their consoles that the server is gone. */
export function expectALostServer(...people) {
  for (const person of people) person.expected.push(...LOST);
}

const RECONNECTING = /Reconnecting to the server/;

/** Waits until this person reads that the server is gone. */
export async function readsThatTheServerIsGone(...people) {
  await Promise.all(people.map((person) => person.reads(RECONNECTING)));
}

/** Waits until these people have their seats back and see everybody else there. */
export async function areBack(people, { within = BACK_WITHIN } = {}) {
  const began = performance.now();
  await Promise.all(
    people.map((person) =>
      until(
        async () => {
          const [{ notices }, tiles] = await Promise.all([person.page(), person.tiles()]);
          return !notices.some((notice) => RECONNECTING.test(notice)) && tiles.every(({ away, reach }) => !away && reach === 'connected');
        },
        async () =>
          `${person.name} should be back in the call with everybody: ${JSON.stringify(await person.tiles())}. ${await person.looks()}`,
        { within: limit(within) },
      ),
    ),
  );
  return (performance.now() - began) / 1_000;
}

/** Waits until this person sees whether somebody's connection to the server is lost. */
export async function seesAway(person, who, away, options) {
  await until(
    async () => (await person.tiles()).some((tile) => tile.name === who && tile.away === away),
    async () =>
      `${person.name} should see that ${who} is ${away ? 'away' : 'there'}: ${JSON.stringify(await person.tiles())}. ${await person.looks()}`,
    options,
  );
}

/** Waits until somebody's tile says how the connection to them is: connecting, connected, reconnecting or unreachable. */
export async function seesReach(person, who, reach, options) {
  await until(
    async () => (await person.tiles()).some((tile) => tile.name === who && tile.reach === reach),
    async () =>
      `${person.name} should see that ${who} is ${reach}: ${JSON.stringify(await person.tiles())}. ${await person.looks()}`,
    options,
  );
}

/** Which connection each of these people has to each other one: the same numbers are the same objects. */
export async function connectionsOf(...people) {
  const numbers = {};
  for (const person of people) {
    for (const { name } of await person.tiles()) numbers[`${person.name} to ${name}`] = (await person.look(name)).connection?.number;
  }
  return numbers;
}

/**
 * Looks at every picture that these people see. What it returns stops looking, and fails when a picture stood still in
 * the meantime or came to be brought by another connection. `of` names those whose pictures count; everybody's by default.
 */
export async function watch(...people) {
  await Promise.all(people.map((person) => person.tab.run(() => window.probe.watch())));
  const watched = (person, stop) => person.tab.run((options) => window.probe.watched(options), { stop });
  return async function everyPictureWentOn({ standstill = STANDSTILL, of } = {}) {
    const counts = ({ name }) => !of || of.includes(name);
    for (const person of people) {
      // What was looked at may have been shorter than the time between two frames.
      await until(
        async () => (await watched(person, false)).filter(counts).every(({ frames, shown }) => frames > 1 && shown > 1),
        async () => `${person.name} saw somebody not move at all: ${JSON.stringify(await watched(person, true))}`,
      );
      for (const one of (await watched(person, true)).filter(counts)) {
        const tell = `${person.name} sees ${one.name}: ${JSON.stringify(one)}`;
        assert.ok(one.isThere, `${person.name} lost ${one.name}'s tile. ${tell}`);
        assert.ok(one.isShown, `${person.name} sees ${one.name} over another connection than before. ${tell}`);
        assert.equal(one.state, 'connected', `the connection of ${person.name} to ${one.name} is not there any more. ${tell}`);
        assert.ok(one.longest < limit(standstill), `${one.name} stood still before ${person.name}'s eyes for ${one.longest} ms. ${tell}`);
      }
    }
  };
}

/** Lets these people into the room, one after the other, until each sees each. */
export async function call(...people) {
  for (const person of people) await person.enters();
  await Promise.all(people.flatMap((one) => people.filter((other) => other !== one).map((other) => one.sees(other.name))));
}

/** The server under the call of these people is killed and started again: the connections of before carry the call, meanwhile too. */
export async function outlivesAKill(server, ...people) {
  const before = await connectionsOf(...people);
  await server.kill('SIGKILL');
  await readsThatTheServerIsGone(...people);
  await everyoneMeets(...people);
  await server.restart();
  await areBack(people);
  assert.deepEqual(await connectionsOf(...people), before, 'the connections of before carry the call');
}

/** A picture moves again when so many new frames have come within so many milliseconds. */
const MOVES = { frames: 4, within: 1_500 };

/** What breaks stops a picture within so many milliseconds. */
const STOPS = 2_000;

/**
 * Begins to look at the pictures that these people see of each other. What it returns waits until all of them have stood still
 * and move again, and says of each how long it took from the beginning, in milliseconds.
 */
export function outage(people) {
  const began = performance.now();
  const pairs = people.flatMap((person) => people.filter((other) => other !== person).map((of) => ({ person, of: of.name })));
  const looks = pairs.map(async ({ person, of }) => {
    const frames = [];
    let decoded;
    await until(
      async () => {
        const { picture } = await person.look(of);
        const now = performance.now() - began;
        // Another connection counts anew.
        if (picture && decoded !== undefined && picture.decoded !== decoded && picture.decoded > 0) frames.push(now);
        decoded = picture?.decoded;
        return now > STOPS && frames.filter((at) => at > now - MOVES.within).length >= MOVES.frames;
      },
      async () => `${person.name} should see ${of} move again: ${JSON.stringify(await person.look(of))}. ${await person.looks()}`,
      { within: PATIENCE * 4, between: 50 },
    );
    // The longest gap is the outage.
    const gaps = [0, ...frames].map((at, index) => ({ gap: (frames[index] ?? at) - at, back: frames[index] ?? at }));
    const { back } = gaps.reduce((longest, one) => (one.gap > longest.gap ? one : longest));
    return { person: person.name, of, back };
  });
  // A failure shows when the result is asked for.
  const all = Promise.all(looks);
  all.catch(() => undefined);
  return () => all;
}
