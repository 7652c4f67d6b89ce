// What only a call needs is a file of its own, which comes while one looks at the lobby.

import assert from 'node:assert/strict';
import { stage } from '../lib/stage.mjs';
import { until } from '../lib/until.mjs';

const { scenario, chromium, firefox } = stage();
const both = { Chromium: chromium(), Firefox: firefox() };

const CALL_PART = /\/pkg\/parlour_call\..*wasm$/;
const MISSING = 'A part of this page could not be loaded.';

/** How often the page has asked for it. */
const asked = (someone) => someone.tab.requests.filter((address) => CALL_PART.test(address)).length;

for (const [name, on] of Object.entries(both)) {
  scenario(`${name}: it is fetched once, and only after what the lobby needs`, async ({ person }) => {
    const ada = await person('Ada', { on });
    await ada.enters();
    assert.equal(asked(ada), 1, ada.tab.requests.join('\n'));
    const ben = await person('Ben', { on });
    await ben.enters();
    await ada.sees('Ben');
    await ben.sees('Ada');
    await ada.leaves();
    await ada.clicks('Rejoin');
    await ada.isInTheCall();
    assert.equal(asked(ada), 1, ada.tab.requests.join('\n'));
  });
}

scenario('the lobby works before it is there, and Join waits for it and says so after a while', async ({ person }) => {
  const ben = await person('Ben', { on: both.Chromium });
  await ben.enters();
  const ada = await person('Ada', { on: both.Chromium });
  const letThrough = await ada.tab.hold(CALL_PART);
  await ada.arrives();
  await ada.comesAlive();
  await ada.seesThemself();
  await ada.introduces();
  await ada.clicks('Join');
  await ada.finds('button', 'Joining…');
  await ben.isWith();
  await ada.reads(MISSING);
  letThrough();
  await ada.isInTheCall();
  await ada.noLongerReads(MISSING);
  await ben.isWith('Ada');
  await ben.sees('Ada');
  await ada.sees('Ben');
});

scenario('where it cannot be fetched, the lobby works, Join says so, and it is fetched again', async ({ person }) => {
  const ada = await person('Ada', { on: both.Chromium });
  ada.expected.push(/Failed to (load|fetch)/i, /console (error|warning): .*(wasm|fetch|ERR_FAILED)/i);
  let blocked = true;
  await ada.tab.context.route(CALL_PART, (route) => (blocked ? route.abort() : route.continue()));
  await ada.arrives();
  await ada.comesAlive();
  await ada.seesThemself();
  await until(() => asked(ada) > 1, async () => `it was asked for ${asked(ada)} times`);
  assert.ok(!(await ada.page()).notices.some((text) => text.includes(MISSING)), 'nobody needs it in the lobby');
  await ada.introduces();
  await ada.clicks('Join');
  await ada.reads(MISSING);
  blocked = false;
  await ada.isInTheCall();
  assert.ok(!(await ada.page()).notices.some((text) => text.includes(MISSING)), await ada.looks());
});

scenario('a page that joins at once says where it cannot start without it, and is in no room', async ({ person }) => {
  const ben = await person('Ben', { on: both.Chromium });
  await ben.enters();
  const ada = await person('Ada', { on: both.Chromium, query: '?autojoin&name=Ada' });
  ada.expected.push(/Failed to (load|fetch)/i, /console (error|warning): .*(wasm|fetch|ERR_FAILED|preload)/i);
  await ada.tab.block(CALL_PART);
  await ada.arrives();
  await ada.reads('This page could not start.');
  await ben.isWith();
});
