// The reason why Parlour is there: everyone in the room sees and hears everyone else.

import { everyoneMeets } from '../lib/person.mjs';
import { stage } from '../lib/stage.mjs';

const { scenario, chromium, firefox } = stage();
const inChromium = chromium();
const inFirefox = firefox();

const NAMES = ['Ada', 'Ben', 'Cleo', 'Dov'];

/** Lets these people into the room one after the other, and waits until everyone sees and hears everyone. */
async function meet(person, browsers) {
  const people = [];
  for (const [index, on] of browsers.entries()) {
    const someone = await person(NAMES[index], { on });
    await someone.enters();
    people.push(someone);
  }
  await everyoneMeets(...people);
  await Promise.all(people.map((one) => one.isWith(...people.filter((other) => other !== one).map(({ name }) => name))));
  await Promise.all(people.map((one) => one.seesThemself()));
}

scenario('two people in Chromium see and hear each other', ({ person }) => meet(person, [inChromium, inChromium]));

scenario('three people in Chromium all see and hear each other', ({ person }) =>
  meet(person, [inChromium, inChromium, inChromium]));

scenario('four people in Chromium all see and hear each other', ({ person }) =>
  meet(person, [inChromium, inChromium, inChromium, inChromium]));

scenario('four people who come at the same moment all see and hear each other', async ({ person }) => {
  const people = await Promise.all(NAMES.map((name) => person(name, { on: inChromium })));
  await Promise.all(people.map((one) => one.enters()));
  await everyoneMeets(...people);
});

scenario('two people in Firefox see and hear each other', ({ person }) => meet(person, [inFirefox, inFirefox]));

scenario('Firefox joins Chromium, and both see and hear each other', ({ person }) => meet(person, [inChromium, inFirefox]));

scenario('Chromium joins Firefox, and both see and hear each other', ({ person }) => meet(person, [inFirefox, inChromium]));
