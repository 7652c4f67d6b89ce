// What people write to each other: what the others read, in which order, and what they are not made to see.

import assert from 'node:assert/strict';
import { stage } from '../lib/stage.mjs';
import { expectALostServer } from '../lib/survival.mjs';
import { until } from '../lib/until.mjs';

const { scenario, chromium, firefox } = stage();
const inChromium = chromium();
const BROWSERS = { Chromium: inChromium, Firefox: firefox() };

/** The lines that a person reads: who said it (also where that is not repeated), what, and what is below it. */
const readLines = () => {
  let name;
  return [...document.querySelectorAll('#chat li')].map((line) => {
    name = line.querySelector('b').textContent || name;
    return { name, text: line.querySelector('.said').innerText, receipt: line.querySelector('small').textContent, links: [...line.querySelectorAll('a')].map(({ href, rel, target }) => `${href} ${rel} ${target}`), markup: line.querySelectorAll('.said *:not(a)').length };
  });
};
const said = (lines) => lines.map(({ name, text }) => `${name}: ${text}`);

async function reads(someone, lines) {
  let last;
  await until(
    async () => JSON.stringify((last = said(await someone.tab.run(readLines)))) === JSON.stringify(lines),
    async () => `${someone.name} should read ${JSON.stringify(lines)}, and reads ${JSON.stringify(last)}. ${await someone.looks()}`,
  );
}

async function writes(someone, text) {
  if (!(await someone.tab.shows('textbox', 'Write to everyone'))) await someone.clicks('Chat');
  await someone.tab.fill('Write to everyone', text);
  await someone.tab.press('Enter');
}

async function pair(person, on = inChromium) {
  const ada = await person('Ada', { on });
  const ben = await person('Ben', { on: inChromium });
  await ada.enters();
  await ben.enters();
  await Promise.all([ada.sees('Ben'), ben.sees('Ada')]);
  return [ada, ben];
}

for (const [name, on] of Object.entries(BROWSERS)) {
  scenario(`${name}: what one writes the other reads, and both read the same order`, async ({ person }) => {
    const [ada, ben] = await pair(person, on);
    await writes(ada, 'Hello Ben');
    await ben.clicks('Chat');
    await reads(ben, ['Ada: Hello Ben']);
    await writes(ben, 'Hello Ada');
    await reads(ada, ['You: Hello Ben', 'Ben: Hello Ada']);
    await writes(ada, 'How are you?');
    await reads(ben, ['Ada: Hello Ben', 'You: Hello Ada', 'Ada: How are you?']);
    await until(
      async () => (await ada.tab.run(readLines)).at(-1).receipt === 'Delivered to everyone',
      async () => `Ada should read that Ben has it: ${JSON.stringify(await ada.tab.run(readLines))}`,
    );
  });
}

scenario('a line that is not seen shows in the badge and in the title until it is', async ({ person }) => {
  const [ada, ben] = await pair(person);
  const title = await ben.tab.run(() => document.title);
  await writes(ada, 'One');
  await writes(ada, 'Two');
  await until(
    async () => (await ben.tab.run(() => document.querySelector('#unread').textContent)) === '2',
    async () => `Ben should have two unread lines. ${await ben.looks()}`,
  );
  assert.equal(await ben.tab.run(() => document.title), `(2) ${title}`);
  await ben.clicks('Chat');
  await reads(ben, ['Ada: One', 'Ada: Two']);
  await until(
    async () => (await ben.tab.run(() => document.title)) === title,
    async () => `Ben's title should be "${title}" again.`,
  );
  assert.equal(await ben.tab.run(() => document.querySelector('#unread').textContent), '');
});

scenario("someone who comes later reads what those who are here have said, and nothing that is told by others", async ({ person }) => {
  const [ada, ben] = await pair(person);
  await writes(ada, 'From Ada');
  await writes(ben, 'From Ben');
  await reads(ada, ['You: From Ada', 'Ben: From Ben']);
  await ben.leaves();
  await ada.isWith();
  const cleo = await person('Cleo', { on: inChromium });
  await cleo.enters();
  await cleo.sees('Ada');
  await cleo.clicks('Chat');
  await reads(cleo, ['Ada: From Ada']);
  await writes(cleo, 'From Cleo');
  await reads(ada, ['You: From Ada', 'Ben: From Ben', 'Cleo: From Cleo']);
  await reads(cleo, ['Ada: From Ada', 'You: From Cleo']);
});

scenario('nothing that is written is markup, and only web addresses are links', async ({ person }) => {
  const [ada, ben] = await pair(person);
  const texts = [
    '<img src=x onerror="window.harmed=1"><b>bold</b>',
    'see https://example.org/a?b=c. or javascript:alert(1)',
    'evil \u202Egpj.exe',
    `e${'\u0301'.repeat(500)}`,
    `${new URL(ada.tab.requests[0]).origin}/elsewhere?autojoin&camera=on`,
  ];
  await ben.clicks('Chat');
  for (const text of texts) await writes(ada, text);
  let lines;
  await until(
    async () => (lines = await ben.tab.run(readLines)).length === 5,
    async () => `Ben should read five lines. ${await ben.looks()}`,
  );
  assert.deepEqual(lines.map(({ markup }) => markup), [0, 0, 0, 0, 0]);
  assert.deepEqual(lines.map(({ links }) => links), [
    [],
    ['https://example.org/a?b=c noopener noreferrer _blank'],
    [],
    [],
    // On this site no link of somebody else leads past the lobby.
    [`${new URL(ada.tab.requests[0]).origin}/elsewhere noopener noreferrer _blank`],
  ]);
  assert.equal(lines[0].text, texts[0]);
  assert.equal(lines[2].text, 'evil gpj.exe');
  assert.ok(lines[3].text.length < 10, lines[3].text);
  assert.equal(await ben.tab.run(() => window.harmed), undefined);
});

scenario('Shift and Enter break a line, Enter sends it, and an empty one is not sent', async ({ person }) => {
  const [ada, ben] = await pair(person);
  await ben.clicks('Chat');
  await ada.clicks('Chat');
  await ada.tab.press('Enter');
  await ada.tab.press('a');
  await ada.tab.press('Shift+Enter');
  await ada.tab.press('b');
  await ada.tab.press('Enter');
  await reads(ben, ['Ada: a\nb']);
  await ada.tab.press('Escape');
  await until(
    async () => !(await ada.tab.shows('textbox', 'Write to everyone')),
    async () => `Escape should close Ada's chat. ${await ada.looks()}`,
  );
});

scenario('people write to each other while there is no server', async ({ person, server }) => {
  const [ada, ben] = await pair(person);
  expectALostServer(ada, ben);
  await server.kill('SIGKILL');
  await writes(ada, 'Still here?');
  await ben.clicks('Chat');
  await reads(ben, ['Ada: Still here?']);
  await writes(ben, 'Yes');
  await reads(ada, ['You: Still here?', 'Ben: Yes']);
  await server.restart();
});
