// Hands and reactions: what the others see of them.

import { stage } from '../lib/stage.mjs';
import { until } from '../lib/until.mjs';

const { scenario, chromium } = stage();
const on = chromium();

/** The raised hands that a person sees, each with its place: "Ben 1", oneself as "own". */
const hands = () =>
  [...document.querySelectorAll('.tile')]
    .filter((tile) => tile.querySelector('.hand')?.checkVisibility())
    .map((tile) => `${tile.dataset.peer ? tile.getAttribute('aria-label') : 'own'} ${tile.querySelector('.hand').innerText.match(/\d+/)}`)
    .sort();
const reactions = (name) => document.querySelector(`.tile[aria-label="${name}"] .shown`)?.textContent ?? '';

async function seesHands(someone, ...expected) {
  let last;
  await until(
    async () => JSON.stringify((last = await someone.tab.run(hands))) === JSON.stringify([...expected].sort()),
    async () => `${someone.name} should see the hands ${expected.join(', ') || 'of nobody'}, and sees ${last.join(', ')}. ${await someone.looks()}`,
  );
}

async function three(person) {
  const people = [];
  for (const name of ['Ada', 'Ben', 'Cleo']) {
    const someone = await person(name, { on });
    await someone.enters();
    people.push(someone);
  }
  const [ada, ben, cleo] = people;
  await Promise.all([ada.sees('Cleo'), ben.sees('Cleo'), cleo.sees('Ada'), cleo.sees('Ben')]);
  return people;
}

/** Waits until the title of somebody's tab is so. */
const isTitled = (someone, wanted) =>
  until(
    async () => wanted.test(await someone.tab.run(() => document.title)),
    async () => `${someone.name}'s title should match ${wanted}: "${await someone.tab.run(() => document.title)}"`,
  );

scenario('hands are seen by everyone in the order in which they were raised, by newcomers too', async ({ person }) => {
  const [ada, ben, cleo] = await three(person);
  await cleo.clicks('Raise hand');
  await seesHands(ada, 'Cleo 1');
  await isTitled(ada, /^✋ Cleo /);
  await ada.clicks('Raise hand');
  await seesHands(ada, 'Cleo 1', 'own 2');
  await seesHands(ben, 'Cleo 1', 'Ada 2');
  await seesHands(cleo, 'own 1', 'Ada 2');
  const dora = await person('Dora', { on });
  await dora.enters();
  await seesHands(dora, 'Cleo 1', 'Ada 2');
  await cleo.clicks('Raise hand');
  await seesHands(dora, 'Ada 1');
  // Her own hand waits for the others.
  await isTitled(ada, /^[^✋]/);
  await isTitled(dora, /^✋ Ada /);
  await ada.leaves();
  await seesHands(ben);
});

scenario('a reaction is seen on the tile of who reacts, and goes', async ({ person }) => {
  const [ada, ben] = await three(person);
  await ada.clicks('Reactions');
  await ada.clicks('Applause');
  const shows = (someone, name, emoji) =>
    until(
      async () => (await someone.tab.run(reactions, name)) === emoji,
      async () => `${someone.name} should see "${emoji}" of ${name}. ${await someone.looks()}`,
    );
  await Promise.all([shows(ben, 'Ada', '👏'), shows(ada, 'Ada (you)', '👏')]);
  await shows(ben, 'Ada', '');
});
