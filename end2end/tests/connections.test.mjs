// The panel that shows who reaches whom.

import assert from 'node:assert/strict';
import { everyoneMeets } from '../lib/person.mjs';
import { freePort } from '../lib/ports.mjs';
import { stage } from '../lib/stage.mjs';
import { until } from '../lib/until.mjs';

const RELAY = `127.0.0.1:${await freePort()}`;
const { scenario, chromium, firefox } = stage({
  server: ['--turn-listen', RELAY, '--external-ip', '127.0.0.1'],
});
const inChromium = chromium();
const inFirefox = firefox({ loopbackCandidates: true });

const panelOf = (someone) => someone.tab.run(() => window.probe.panel());

/** Waits until the panel says this. */
async function panelSays(someone, what, says) {
  let last;
  return until(
    async () => says((last = await panelOf(someone))) && last,
    async () => `${someone.name}'s panel should say ${what}; it says ${JSON.stringify(last)}. ${await someone.looks()}`,
  );
}

/** The field of one person's row and another's column. */
const field = (panel, from, to) => {
  const column = panel.rows[0]?.indexOf(to);
  return panel.rows.find(([heading]) => heading === from)?.[column] ?? '';
};

async function call(person, people) {
  const all = [];
  for (const [name, settings] of Object.entries(people)) {
    const someone = await person(name, settings);
    someone.alsoKnown.push(RELAY);
    await someone.enters();
    all.push(someone);
  }
  await everyoneMeets(...all);
  return all;
}

scenario(
  'three people see who reaches whom, each from everybody, with round trips, and who is left when one leaves',
  async ({ person }) => {
    const [ada, ben, cleo] = await call(person, { Ada: { on: inChromium }, Ben: { on: inChromium }, Cleo: { on: inFirefox } });
    await ada.clicks('Connections');
    const direct = /^Direct, UDP \d+ ms/;
    const first = await panelSays(ada, 'that everybody reaches everybody directly', (panel) =>
      [['You', 'Ben'], ['You', 'Cleo'], ['Ben', 'You'], ['Ben', 'Cleo'], ['Cleo', 'You'], ['Cleo', 'Ben']].every(([from, to]) =>
        direct.test(field(panel, from, to)),
      ),
    );
    assert.deepEqual(first.rows.map(([heading]) => heading), ['', 'You', 'Ben', 'Cleo'], 'the own row is the first');
    assert.equal(first.role, 'dialog');
    await ada.tab.press('Escape');
    await panelSays(ada, 'nothing, closed', ({ open, rows, focus }) => !open && rows.length === 0 && focus === 'More');
    await cleo.leaves();
    await ada.isWith('Ben');
    await ada.clicks('Connections');
    await panelSays(ada, 'who is left', ({ rows }) => rows.length === 3);
  },
  { patience: 2 },
);

scenario('the keyboard opens the panel, is in it, and is back where it was when it is closed', async ({ person }) => {
  const [ada] = await call(person, { Ada: { on: inChromium }, Ben: { on: inChromium } });
  await ada.tab.run(() => document.querySelector('button[aria-label="More"]').focus());
  await ada.tab.press('Enter');
  await ada.finds('button', 'Connections');
  await ada.tab.run(() => [...document.querySelectorAll('#more button')].find(({ innerText }) => innerText === 'Connections').focus());
  await ada.tab.press('Enter');
  await panelSays(ada, 'that it is open', ({ open, focus }) => open && focus === 'panel');
  await ada.tab.press('Escape');
  await panelSays(ada, 'that it is closed', ({ open, focus }) => !open && focus === 'More');
});

scenario('people who reach each other over the relay alone read "Relayed", and how they reach it', async ({ person }) => {
  const [ada, ben] = await call(person, { Ada: { on: inChromium, relayOnly: 'udp' }, Ben: { on: inChromium, relayOnly: 'tcp' } });
  await ada.clicks('Connections');
  await panelSays(
    ada,
    'that both are relayed, Ben by TCP',
    (panel) => /^Relayed, UDP \d+ ms/.test(field(panel, 'You', 'Ben')) && /^Relayed, TCP \d+ ms/.test(field(panel, 'Ben', 'You')),
  );
  await ben.clicks('Connections');
  await panelSays(ben, 'the same from the other side', (panel) => /^Relayed, TCP/.test(field(panel, 'You', 'Ada')));
});
