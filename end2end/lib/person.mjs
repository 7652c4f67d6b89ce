// A person at a browser: what they do, and what they see and hear.

import { randomUUID } from 'node:crypto';
import { PATIENCE, until } from './until.mjs';

/** Silence or a standing picture is believed after so long without a sound or a frame, in milliseconds. */
const STILL = 1_500;

/** Frames in that time that are no picture: a Firefox that sends no camera goes on sending one black frame a second. */
const BLACK_FRAMES = 2;

export class Person {
  /**
   * @param {string} name what the others shall read on the tile
   * @param {object} tab an open tab of either browser
   * @param {string} url the room's address
   */
  constructor(name, tab, url) {
    this.name = name;
    this.tab = tab;
    this.url = url;
    /** Faults that a test provokes on purpose: patterns of console lines and of refused requests. */
    this.expected = [];
    /** Hosts besides the server's own that the page may talk to: the server's relay. */
    this.alsoKnown = [];
  }

  // --- what they do ---

  /** Opens the room's address. */
  async arrives() {
    return this.tab.goto(this.url);
  }

  /** Opens the room, says who they are and clicks Join; ends when the call is there. */
  async enters() {
    await this.arrives();
    await this.introduces();
    await this.joins();
  }

  /** Writes their name into the lobby's field: at once, whether the page's program runs already or not. */
  async introduces() {
    await this.does(`could not write a name into the field "Your name"`, () => this.tab.fill('Your name', this.name));
  }

  /** Clicks Join and waits for the call. */
  async joins() {
    await this.clicks('Join');
    await this.isInTheCall();
  }

  /** Clicks Leave and waits for "You left". */
  async leaves() {
    await this.clicks('Leave');
    await this.finds('heading', 'You left');
  }

  async clicks(button) {
    await this.does(`could not click "${button}"`, async () => {
      await this.tab.stir();
      // What is needed seldom is in the panel "More".
      if (!(await this.tab.shows('button', button)) && (await this.tab.shows('button', 'More'))) await this.tab.click('button', 'More');
      await this.tab.click('button', button);
    });
  }

  /** Closes the tab, as people do. */
  async closesTheTab() {
    this.gone = true;
    await this.tab.close();
  }

  async does(failure, action) {
    try {
      return await action();
    } catch (error) {
      throw new Error(`${this.name} ${failure}. ${await this.looks()}\n${error.message}`, { cause: error });
    }
  }

  // --- what they see and hear ---

  /** The page's program runs and has heard from the server; before, it is only the server's picture of it. */
  async comesAlive() {
    await until(
      () => this.tab.run(() => window.probe.alive()),
      async () => `${this.name}'s page never came alive. ${await this.looks()}`,
    );
  }

  async isInTheCall() {
    await until(
      async () => (await this.tab.shows('button', 'Leave')) && !(await this.tab.run(() => Boolean(document.querySelector('main[aria-busy="true"]')))),
      async () => `${this.name} never got into the call. ${await this.looks()}`,
    );
  }

  /** Waits until there is an element of this role and name on the page. */
  async finds(role, name) {
    await until(
      () => this.tab.shows(role, name),
      async () => `${this.name} found no ${role} "${name}". ${await this.looks()}`,
    );
  }

  /** Waits until there is no such element on the page. */
  async findsNo(role, name) {
    await until(
      async () => !(await this.tab.shows(role, name)),
      async () => `${this.name} still finds a ${role} "${name}". ${await this.looks()}`,
    );
  }

  /** Waits for a notice, an alert or a status line that says this. */
  async reads(sentence) {
    const says = (text) => (sentence instanceof RegExp ? sentence.test(text) : text.includes(sentence));
    await until(
      async () => (await this.page()).notices.some(says),
      async () => `${this.name} never read "${sentence}". ${await this.looks()}`,
    );
  }

  /** Waits until nothing on the page says this any more. */
  async noLongerReads(sentence) {
    await until(
      async () => !(await this.page()).notices.some((text) => text.includes(sentence)),
      async () => `${this.name} still reads "${sentence}". ${await this.looks()}`,
    );
  }

  /** Waits until a toggle says that it is on or off. */
  async findsSwitched(button, state) {
    await until(
      async () => (await this.page()).buttons.some((found) => found === `${button} (${state})`),
      async () => `${this.name} never found the button "${button}" switched ${state}. ${await this.looks()}`,
    );
  }

  /** Waits until the people in the call, besides oneself, are exactly these. */
  async isWith(...names) {
    const sorted = [...names].sort().join(', ') || 'nobody';
    await until(
      async () => ((await this.tiles()).map(({ name }) => name).sort().join(', ') || 'nobody') === sorted,
      async () => `${this.name} should be in the call with ${sorted}. ${await this.looks()}`,
    );
  }

  /** Waits until that person's picture moves: frames are decoded, and the tile's own video shows them. */
  async sees(who) {
    const first = await this.look(who);
    let last = first;
    await until(
      async () => {
        last = await this.look(who);
        const { visible, paused, decoded, shown } = last.picture ?? {};
        return visible && !paused && decoded > (first.picture?.decoded ?? 0) + 1 && shown > (first.picture?.shown ?? 0);
      },
      async () => `${this.name} never saw ${called(who)} move. ${await this.tells(who, last)}`,
    );
  }

  /** Waits until that person is heard: sound arrives and the tile's audio element plays it. */
  async hears(who) {
    const first = await this.look(who);
    let last = first;
    await until(
      async () => {
        last = await this.look(who);
        const { paused, muted, energy } = last.sound ?? {};
        return paused === false && !muted && energy > (first.sound?.energy ?? 0) + 1e-6;
      },
      async () => `${this.name} never heard ${called(who)}. ${await this.tells(who, last)}`,
    );
  }

  /** Waits for a while in which nothing is heard of that person. */
  async stopsHearing(who) {
    await this.waitsForStill(who, ({ sound }) => sound.energy, 1e-6, `${this.name} went on hearing ${called(who)}`);
  }

  /** Waits until that person's tile shows no video, and for a while in which no frame arrives. */
  async stopsSeeing(who) {
    await this.waitsForStill(who, ({ picture }) => picture.decoded, BLACK_FRAMES, `${this.name} went on seeing ${called(who)}`);
    await until(
      async () => !(await this.look(who)).picture?.visible,
      async () => `${this.name} still sees a standing picture of ${called(who)} instead of an avatar. ${await this.looks()}`,
    );
  }

  /** Waits for a while in which no frame arrives, whatever the tile shows meanwhile. */
  async getsNoPictureOf(who) {
    await this.waitsForStill(who, ({ picture }) => picture.decoded, BLACK_FRAMES, `${this.name} went on getting pictures of ${called(who)}`);
  }

  async waitsForStill(who, measure, noise, complaint) {
    let quiet;
    await until(
      async () => {
        const now = await this.look(who);
        if (!now.picture) throw new Error(`there is no tile of ${called(who)}`);
        const value = measure(now);
        if (!quiet || Math.abs(value - quiet.value) > noise) quiet = { value, since: now.at };
        return now.at - quiet.since >= STILL;
      },
      async () => `${complaint}. ${await this.looks()}`,
    );
  }

  /** Waits until that person's tile says this in words. */
  async readsOnTheTileOf(who, words) {
    let last;
    await until(
      async () => words.test((last = await this.look(who)).tile ?? ''),
      async () => `${this.name} should read ${words} on the tile of ${called(who)}; it says "${last?.tile}". ${await this.looks()}`,
    );
  }

  /** Waits until that person's tile does not say this any more. */
  async noLongerReadsOnTheTileOf(who, words) {
    await until(
      async () => {
        const { tile } = await this.look(who);
        return tile !== null && !words.test(tile);
      },
      async () => `${this.name} still reads ${words} on the tile of ${called(who)}. ${await this.looks()}`,
    );
  }

  /** Waits until the page has no connection and no device any more. */
  async holdsNothing() {
    await until(
      async () => {
        const { connections, unused, tracks } = await this.holds();
        return connections + unused + tracks === 0;
      },
      async () => `${this.name}'s page holds on to a connection or a device: ${JSON.stringify(await this.holds())}. ${await this.looks()}`,
    );
  }

  /** Waits until no camera is in use any more, so that its light is out. */
  async hasNoLight() {
    await until(
      async () => (await this.holds()).cameras === 0,
      async () => `The light of ${this.name}'s camera is still on. ${await this.looks()}`,
    );
  }

  /** Waits until the own picture moves, in the lobby or in the call. */
  async seesThemself() {
    await until(
      async () => {
        const own = await this.tab.run(() => window.probe.preview());
        return own.visible && own.live && own.width > 0 && !own.paused;
      },
      async () => `${this.name} never saw their own picture: ${JSON.stringify(await this.tab.run(() => window.probe.preview()))}. ${await this.looks()}`,
    );
  }

  /** Begins to note how tiles say that connections are. What it returns ends that, and gives all that they said. */
  async notesLinks() {
    await this.tab.run(() => window.probe.noteLinks());
    return () => this.tab.run(() => window.probe.notedLinks());
  }

  async look(who) {
    return this.tab.run((wanted) => window.probe.look(wanted), typeof who === 'string' ? { name: who } : who);
  }

  /** @returns {Promise<{ name: string, peer: string }[]>} the people in the call, besides oneself */
  async tiles() {
    return this.tab.run(() => window.probe.tiles());
  }

  async page() {
    return this.tab.run(() => window.probe.describe());
  }

  async holds() {
    return this.tab.run(() => window.probe.holds());
  }

  async tells(who, { tile, connection, picture, sound }) {
    const parts = tile === null ? [`There is no tile of ${called(who)}.`] : [`The tile says "${tile}".`];
    if (connection) parts.push(`The connection is ${connection.state} (ICE ${connection.ice}, signaling ${connection.signaling}).`);
    else if (tile !== null) parts.push('No connection feeds the tile.');
    if (picture) parts.push(`Picture: ${JSON.stringify(picture)}.`);
    if (sound) parts.push(`Sound: ${JSON.stringify(sound)}.`);
    return `${parts.join(' ')} ${await this.looks()}`;
  }

  /** The person's page in words, for messages. */
  async looks() {
    if (this.gone) return `${this.name} has closed the tab.`;
    let page;
    try {
      page = await this.page();
    } catch (error) {
      return `${this.name}'s page cannot be read (${error.message}).${this.faults().map((fault) => `\n  ${fault}`).join('')}`;
    }
    const list = (label, entries) => (entries.length ? `\n  ${label}: ${entries.join(' | ')}` : '');
    return (
      `${this.name} (${this.tab.browser}) looks at ${page.path}` +
      list('headings', page.headings) +
      list('notices', page.notices) +
      list('buttons', page.buttons) +
      list('people', page.people) +
      list('connections', page.connections) +
      list('faults', this.faults())
    );
  }

  /** Console errors and warnings, script errors and refused requests that no test expected. */
  faults() {
    return this.tab.faults.filter((fault) => !this.expected.some((pattern) => pattern.test(fault)));
  }

  /** Requests, sockets and ICE servers on any other origin than the server's. */
  async strangers() {
    const addresses = this.gone || !this.tab.scripted ? [] : await this.tab.run(() => window.probe?.addresses() ?? []).catch(() => []);
    const own = [new URL(this.url).host, ...this.alsoKnown];
    return [...this.tab.requests, ...addresses].filter((address) => {
      const { protocol, host } = new URL(address);
      return !['data:', 'blob:', 'about:'].includes(protocol) && !own.includes(host);
    });
  }
}

/** A room that nobody has been in. */
export const newRoom = () => `e2e-${randomUUID()}`;

const called = (who) => (typeof who === 'string' ? who : `${who.name} (${who.peer})`);

/** Waits until each of these people sees and hears each other one. */
export async function everyoneMeets(...people) {
  await Promise.all(
    people.flatMap((one) =>
      people.filter((other) => other !== one).map(async (other) => {
        await one.sees(other.name);
        await one.hears(other.name);
      }),
    ),
  );
}

export { PATIENCE };
