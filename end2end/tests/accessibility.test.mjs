// Every face and every panel keeps the rules of WCAG that a program can check, and the keyboard alone is enough.

import assert from 'node:assert/strict';
import { violations } from '../lib/axe.mjs';
import { screen } from '../lib/screen.mjs';
import { stage } from '../lib/stage.mjs';
import { until } from '../lib/until.mjs';

const { scenario, chromium } = stage();
const on = chromium();

for (const colorScheme of ['light', 'dark']) {
  scenario(`no face and no panel breaks a rule, in ${colorScheme}`, async ({ person }) => {
    const ada = await person('Ada', { on, colorScheme, setup: [[screen, {}]] });
    const ben = await person('Ben', { on, setup: [[screen, {}]] });
    const found = [];
    const look = async (what) => {
      await ada.tab.stir();
      found.push(...(await violations(ada.tab)).map((violation) => `${what}: ${violation}`));
    };
    await ada.arrives();
    await ada.comesAlive();
    await look('lobby');
    await ada.introduces();
    await ada.joins();
    await look('alone');
    await ben.enters();
    await ada.sees('Ben');
    await look('call');
    for (const panel of ['More', 'Reactions']) {
      await ada.clicks(panel);
      await look(panel);
      await ada.tab.press('Escape');
    }
    for (const panel of ['Settings', 'Connections', 'Shortcuts']) {
      await ada.clicks(panel);
      await ada.finds('heading', panel);
      await look(panel);
      await ada.tab.press('Escape');
    }
    await ada.tab.hover('[data-peer]');
    await ada.clicks('Options');
    await ada.finds('heading', 'Ben');
    await look('Options');
    await ada.tab.press('Escape');
    await ben.clicks('Chat');
    await ben.tab.fill('Write to everyone', 'See https://example.org');
    await ben.tab.press('Enter');
    await ben.clicks('Raise hand');
    await ada.clicks('Chat');
    await ada.finds('link', 'https://example.org');
    await look('chat');
    await ada.clicks('Close chat');
    await ben.clicks('Share screen');
    await ada.clicks('Share screen');
    await ada.finds('button', 'Stop sharing');
    await look('shares');
    await ada.leaves();
    await look('left');
    assert.deepEqual(found, []);
  }, { patience: 2 });
}

scenario('the keyboard alone shares, writes, raises a hand, changes the view and finds the list of keys', async ({ person }) => {
  const ada = await person('Ada', { on, setup: [[screen, {}]] });
  const ben = await person('Ben', { on });
  await ada.enters();
  await ben.enters();
  await ada.sees('Ben');
  await ada.tab.press('s');
  await ada.findsSwitched('Share screen', 'on');
  await ada.tab.press('s');
  await ada.findsSwitched('Share screen', 'off');
  await ada.tab.press('h');
  await ada.findsSwitched('Raise hand', 'on');
  await ada.tab.press('m');
  await ada.findsSwitched('Microphone', 'off');
  await ada.tab.press('m');
  await ada.findsSwitched('Microphone', 'on');
  await ada.tab.press('c');
  await ada.finds('textbox', 'Write to everyone');
  // While somebody writes, letters are letters.
  await ada.tab.press('m');
  await ada.tab.press('Enter');
  await until(
    () => ada.tab.run(() => document.querySelector('#chat .said')?.innerText === 'm'),
    async () => `Ada should have written "m". ${await ada.looks()}`,
  );
  await ada.findsSwitched('Microphone', 'on');
  await ada.tab.press('Escape');
  await ada.findsNo('textbox', 'Write to everyone');
  await ada.tab.press('?');
  await ada.finds('heading', 'Shortcuts');
  await ada.tab.click('switch', 'Single keys');
  await ada.tab.press('Escape');
  await ada.findsNo('heading', 'Shortcuts');
  await ada.tab.press('m');
  await ada.tab.press('c');
  await ada.clicks('Raise hand');
  await ada.findsSwitched('Raise hand', 'off');
  await ada.findsSwitched('Microphone', 'on');
  await ada.findsNo('textbox', 'Write to everyone');
});

scenario('push to talk is heard while Space is held, and never after', async ({ person }) => {
  const ada = await person('Ada', { on });
  const ben = await person('Ben', { on });
  await ada.enters();
  await ben.enters();
  await ben.hears('Ada');
  await ada.tab.press('?');
  await ada.tab.click('switch', 'Push to talk');
  await ada.tab.press('Escape');
  await ada.findsSwitched('Microphone', 'off');
  await ben.stopsHearing('Ada');
  const [page] = ada.tab.context.pages();
  // On the stage, where Space means nothing else.
  await ada.tab.run(() => document.activeElement.blur());
  await page.keyboard.down('Space');
  await ada.findsSwitched('Microphone', 'on');
  await ben.hears('Ada');
  await page.keyboard.up('Space');
  await ada.findsSwitched('Microphone', 'off');
  // The key is released elsewhere.
  await page.keyboard.down('Space');
  await ada.findsSwitched('Microphone', 'on');
  await ada.tab.run(() => window.dispatchEvent(new Event('blur')));
  await ada.findsSwitched('Microphone', 'off');
  await page.keyboard.up('Space');
  await ada.findsSwitched('Microphone', 'off');
  // On a button, Space presses it.
  await ada.tab.run(() => document.querySelector('button[aria-label="Raise hand"]').focus());
  await page.keyboard.press('Space');
  await ada.findsSwitched('Raise hand', 'on');
  await ada.findsSwitched('Microphone', 'off');
  // On a slider it means nothing.
  await ada.tab.hover('[data-peer]');
  await ada.clicks('Options');
  await page.getByRole('slider', { name: 'Volume', exact: true }).focus();
  await page.keyboard.down('Space');
  await ada.findsSwitched('Microphone', 'on');
  await page.keyboard.up('Space');
  await ada.findsSwitched('Microphone', 'off');
  await until(
    async () => (await ben.look('Ada')).tile?.includes('Muted'),
    async () => `Ben should read that Ada is muted. ${await ben.looks()}`,
  );
});
