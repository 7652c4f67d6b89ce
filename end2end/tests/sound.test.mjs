// Browsers that play no sound before a click: the page asks for one.

import { stage } from '../lib/stage.mjs';

const { scenario, chromium } = stage();
const plain = chromium();
const silent = chromium({ soundNeedsClick: true });

scenario('who comes by ?autojoin where sound is blocked finds "Enable sound", and hears after clicking it', async ({ person }) => {
  const ben = await person('Ben', { on: plain });
  await ben.enters();
  const ada = await person('Ada', { on: silent, query: '?name=Ada&autojoin&mic=off&camera=off' });
  await ada.arrives();
  await ada.isInTheCall();
  await ada.finds('button', 'Enable sound');
  await ada.sees('Ben');
  await ada.clicks('Enable sound');
  await ada.hears('Ben');
  await ada.findsNo('button', 'Enable sound');
});

scenario('who clicks Join hears at once, also where sound needs a click', async ({ person }) => {
  const ben = await person('Ben', { on: plain });
  await ben.enters();
  const ada = await person('Ada', { on: silent });
  await ada.enters();
  await ada.hears('Ben');
  await ada.findsNo('button', 'Enable sound');
});
