// How the tiles of a call share the screen, for one to nine people.

import assert from 'node:assert/strict';
import { stage } from '../lib/stage.mjs';
import { limit, until } from '../lib/until.mjs';

const { scenario, chromium } = stage({ server: ['--max-room-size', '10'] });
const on = chromium();

const SCREENS = {
  desktop: { width: 1280, height: 800 },
  phone: { width: 390, height: 844 },
  'phone on its side': { width: 844, height: 390 },
  tablet: { width: 820, height: 1180 },
  'very wide': { width: 2560, height: 1080 },
};

/** Of the stage, tiles take at least so much: the rest are the gaps between them and the rim. */
const USED = 0.87;

/** A tile that is longer than so many times its other side shows less of a face than of the wall beside it. */
const LONGEST = 3.4;

/** Takes another seat in the room from within this page: somebody without a picture, and without a browser. */
function takeSeat({ room, name }) {
  const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/ws`, 'parlour.v1+json');
  window.guests = [...(window.guests ?? []), socket];
  const media = { microphone: 'off', camera: 'off' };
  socket.onopen = () => socket.send(JSON.stringify({ join: { room, name, media } }));
}

/** Where the tiles are, oneself last, the stage that they share, and the buttons of tiles that something else lies over. */
function measure() {
  const box = (element) => {
    const { left, top, right, bottom } = element.getBoundingClientRect();
    return { left, top, right, bottom, own: element.classList.contains('own') };
  };
  const isCovered = (button) => {
    const { left, top, right, bottom } = button.getBoundingClientRect();
    const above = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    return right > left && !button.contains(above);
  };
  const covered = [...document.querySelectorAll('.stage > * > .tools button')].filter(isCovered).map(({ ariaLabel }) => ariaLabel);
  return { covered, tiles: [...document.querySelectorAll('.stage > *')].map(box), stage: { left: 0, top: 0, right: innerWidth, bottom: innerHeight } };
}

const area = ({ left, top, right, bottom }) => Math.max(0, right - left) * Math.max(0, bottom - top);
const overlap = (a, b) =>
  area({
    left: Math.max(a.left, b.left),
    top: Math.max(a.top, b.top),
    right: Math.min(a.right, b.right),
    bottom: Math.min(a.bottom, b.bottom),
  });

/** Says what is wrong with a layout. */
function faults({ covered, tiles, stage }, people) {
  const found = covered.map((label) => `the button "${label}" is covered`);
  if (tiles.length !== people) found.push(`${tiles.length} tiles`);
  // With two people oneself lies in the corner of the other's picture.
  const inCorner = people === 2 ? tiles.filter(({ own }) => own) : [];
  const sharing = tiles.filter((tile) => !inCorner.includes(tile));
  for (const tile of tiles) {
    if (area(tile) - overlap(tile, stage) > 1) found.push(`a tile hangs over the edge: ${JSON.stringify(tile)}`);
    const [width, height] = [tile.right - tile.left, tile.bottom - tile.top];
    const ratio = Math.max(width / height, height / width);
    if (!(ratio <= LONGEST)) found.push(`a tile of ${Math.round(width)} by ${Math.round(height)}`);
  }
  sharing.forEach((tile, index) => {
    if (sharing.slice(index + 1).some((other) => overlap(tile, other) > 1)) found.push('tiles lie over each other');
  });
  const used = sharing.reduce((sum, tile) => sum + area(tile), 0) / area(stage);
  if (used < USED) found.push(`only ${Math.round(used * 100)} % of the screen is used`);
  const areas = sharing.map(area);
  if (Math.max(...areas) > 2.1 * Math.min(...areas)) found.push(`one person is ${(Math.max(...areas) / Math.min(...areas)).toFixed(1)} times as large as another`);
  if (inCorner.some((tile) => area(tile) > 0.15 * area(stage))) found.push('the own picture covers the other one');
  return found;
}

scenario(
  'tiles of one to nine people fill every screen, and nobody is cut off, covered or squeezed',
  async ({ person, room }) => {
    const ada = await person('Ada', { on });
    await ada.enters();
    const wrong = [];
    for (let people = 1; people <= 9; people += 1) {
      if (people > 1) await ada.tab.run(takeSeat, { room, name: `Guest ${people}` });
      await until(
        () => ada.tab.run((count) => document.querySelectorAll('.stage > *').length === count, people),
        async () => `Ada should see ${people} tiles. ${await ada.looks()}`,
      );
      for (const [screen, size] of Object.entries(SCREENS)) {
        await ada.tab.resize(size);
        let found;
        const isRight = async () => (found = faults(await ada.tab.run(measure), people)).length === 0;
        await until(isRight, () => 'it is not right', { within: limit(4) }).catch(() => wrong.push(`${people} on a ${screen}: ${found.join(', ')}`));
      }
    }
    assert.deepEqual(wrong, []);
  },
  { patience: 2 },
);

scenario('with more people than nine, tiles keep a size at which a face is known, and one scrolls', async ({ person, room }) => {
  const ada = await person('Ada', { on });
  await ada.enters();
  for (let people = 2; people <= 10; people += 1) await ada.tab.run(takeSeat, { room, name: `Guest ${people}` });
  await until(
    () => ada.tab.run(() => document.querySelectorAll('.stage > *').length === 10),
    async () => `Ada should see ten tiles. ${await ada.looks()}`,
  );
  for (const size of Object.values(SCREENS)) {
    await ada.tab.resize(size);
    let tiles;
    const isRight = ({ left, right, top, bottom }) => right - left >= 100 && bottom - top >= 130 && left >= 0 && right <= size.width;
    await until(
      async () => (tiles = (await ada.tab.run(measure)).tiles).every(isRight),
      () => `at ${size.width} by ${size.height} the tiles are ${JSON.stringify(tiles.filter((tile) => !isRight(tile)))}`,
    );
  }
});
