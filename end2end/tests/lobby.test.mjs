// The lobby, and the ways into the call.

import assert from 'node:assert/strict';
import { stage } from '../lib/stage.mjs';
import { until } from '../lib/until.mjs';

const { scenario, chromium, firefox } = stage({ server: ['--max-room-size', '2'] });
const both = { Chromium: chromium(), Firefox: firefox() };
const browsers = { ...both, twoCameras: chromium({ cameras: 2 }) };

const FULL = 'This room is full.';

for (const [name, on] of Object.entries(both)) {
  scenario(`${name}: the lobby shows the own picture, mirrored, and remembers the name`, async ({ person }) => {
    const ada = await person('Ada', { on });
    await ada.enters();
    await ada.tab.reload();
    await ada.seesThemself();
    const { mirrored } = await ada.tab.run(() => window.probe.preview());
    assert.ok(mirrored, 'people know their own picture from the mirror');
    await until(
      () => ada.tab.run(() => document.querySelector('#name').value === 'Ada'),
      async () => `the lobby has forgotten Ada's name. ${await ada.looks()}`,
    );
  });

  scenario(`${name}: the lobby says how many people are in the room`, async ({ person }) => {
    const cleo = await person('Cleo', { on });
    await cleo.arrives();
    const counts = async (pattern) =>
      until(
        async () => pattern.test(await cleo.tab.run(() => document.body.innerText)),
        async () => `Cleo's lobby never said ${pattern}; it says "${await cleo.tab.run(() => document.body.innerText)}"`,
      );
    await counts(/nobody|no one|empty/i);
    const ada = await person('Ada', { on });
    await ada.enters();
    await counts(/\b(1|one) (person|other)|someone is/i);
    await ada.leaves();
    await counts(/nobody|no one|empty/i);
  });

  scenario(`${name}: who comes to a full room is told so, stays in the lobby, and gets in when somebody has left`, async ({ person }) => {
    const ada = await person('Ada', { on });
    const ben = await person('Ben', { on });
    const cleo = await person('Cleo', { on });
    await ada.enters();
    await ben.enters();
    await cleo.arrives();
    await cleo.introduces();
    await cleo.clicks('Join');
    await cleo.reads(FULL);
    await cleo.finds('button', 'Join');
    await ada.isWith('Ben');
    await ada.sees('Ben');
    await ben.leaves();
    await cleo.joins();
    await ada.isWith('Cleo');
    await ada.sees('Cleo');
  });

  scenario(`${name}: ?autojoin with a name skips the lobby`, async ({ person }) => {
    const ada = await person('Ada', { on });
    await ada.enters();
    const ben = await person('Ben', { on, query: '?name=Ben&autojoin' });
    await ben.arrives();
    await ben.isInTheCall();
    await ada.isWith('Ben');
    await ada.sees('Ben');
    await ben.sees('Ada');
  });

  scenario(`${name}: a name with markup is a text like any other`, async ({ person }) => {
    const wicked = `<img src=x onerror="alert(1)"><b>&amp;`;
    const ada = await person(wicked, { on });
    const ben = await person('Ben', { on });
    await ben.enters();
    await ada.enters();
    await ben.isWith(wicked);
    await ben.readsOnTheTileOf(wicked, /<img src=x onerror="alert\(1\)"><b>&amp;/);
    assert.equal(await ben.tab.run(() => document.querySelectorAll('img, b').length), 0, 'a name became markup');
  });

  scenario(`${name}: who joins without a name is in the room all the same, or is told to write one`, async ({ person }) => {
    const ada = await person('Ada', { on });
    const ben = await person('Ben', { on });
    await ben.enters();
    await ada.arrives();
    await ada.clicks('Join');
    await until(
      async () => (await ben.tiles()).some((tile) => tile.name.trim()) || (await ada.page()).notices.some((notice) => /name/i.test(notice)),
      async () => `Ada clicked Join without a name and nothing happened. ${await ada.looks()}`,
    );
  });
}

scenario('the lobby offers the cameras and microphones that there are, and shows the chosen one', async ({ person }) => {
  const ada = await person('Ada', { on: browsers.twoCameras });
  await ada.arrives();
  await ada.seesThemself();
  const choices = (list) => ada.tab.run((name) => window.probe.choices(name), list);
  await until(
    async () => (await choices('Choose camera')).length === 2 && (await choices('Choose microphone')).length > 0,
    async () => `Ada has two cameras and finds ${await choices('Choose camera')}. ${await ada.looks()}`,
  );
  const used = async () => (await ada.tab.run(() => window.probe.preview())).label;
  const other = (await choices('Choose camera')).find((label) => label !== '' && !label.includes('_0')) ?? 'the other camera';
  assert.notEqual(await used(), other);
  await ada.tab.choose('Choose camera', other);
  await until(
    async () => (await used()) === other,
    async () => `Ada chose ${other} and sees ${await used()}. ${await ada.looks()}`,
  );
  await ada.seesThemself();
  await ada.tab.reload();
  await ada.seesThemself();
  await until(
    async () => (await used()) === other,
    async () => `the page has forgotten that Ada chose ${other}. ${await ada.looks()}`,
  );
});

scenario('the lobby shows that the microphone hears, once the person has touched the page', async ({ person }) => {
  const ada = await person('Ada', { on: browsers.Chromium });
  await ada.arrives();
  await ada.introduces();
  await until(
    () => ada.tab.run(() => window.probe.level() > 0),
    async () => `the microphone's level never moved. ${await ada.looks()}`,
  );
});

scenario('Copy link puts the address of the room on the clipboard, without what was in the query', async ({ person, server, room }) => {
  const ada = await person('Ada', { on: browsers.Chromium, permissions: ['clipboard-read', 'clipboard-write'], query: '?name=Ada&mic=off' });
  await ada.arrives();
  await ada.introduces();
  await ada.joins();
  await ada.clicks('Copy link');
  await until(
    async () => (await ada.tab.run(() => navigator.clipboard.readText())) === `${server.url}/${room}`,
    async () => `the clipboard never held the room's address. ${await ada.looks()}`,
  );
});
