// A seat is held by one socket: the page that takes it over has it, and the page that had it says so.

import assert from 'node:assert/strict';
import { stage } from '../lib/stage.mjs';
import { call } from '../lib/survival.mjs';

const { scenario, chromium } = stage();
const on = chromium();

scenario('a seat that another window takes over is the same seat for the others, and the first window says that it left', async ({ person, room }) => {
  const ada = await person('Ada', { on });
  const ben = await person('Ben', { on });
  await call(ada, ben);
  const secret = await ada.tab.run(() => window.probe.secret());
  const [seat] = await ben.tiles();
  const elsewhere = await person('Ada', { on, path: '/', beside: ada.tab });
  await elsewhere.arrives();
  const answer = await elsewhere.tab.run(
    ({ room, secret }) =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(new URL('/ws', location).href.replace(/^http/, 'ws'), 'parlour.v1+json');
        window.taken = socket;
        const media = { microphone: 'off', camera: 'off' };
        socket.onopen = () => socket.send(JSON.stringify({ join: { room, name: 'Ada', media, resume: { token: secret, received: 0, known: [] } } }));
        socket.onmessage = ({ data }) => resolve(JSON.parse(data));
        socket.onclose = ({ code }) => reject(new Error(`closed with ${code}`));
      }),
    { room, secret },
  );
  // The other window speaks another encoding: it begins with a fresh roster, in the old seat.
  assert.equal(answer.joined?.you.id, seat.peer, `the seat was not given: ${JSON.stringify(answer)}`);
  assert.deepEqual(answer.joined.peers.map(({ name }) => name), ['Ben']);
  await ada.finds('heading', 'You left');
  await ada.reads('This call was continued in another window.');
  await ada.holdsNothing();
  // For Ben it is the same person, who now sends nothing.
  await ben.readsOnTheTileOf(seat, /Microphone off/);
  assert.deepEqual((await ben.tiles()).map(({ peer, away }) => ({ peer, away })), [{ peer: seat.peer, away: false }]);
  await elsewhere.closesTheTab();
  await ben.isWith();
});
