// One test file's server and browsers, and the rules that hold for every test.

import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { launchChromium } from './chromium.mjs';
import { launchFirefox } from './firefox.mjs';
import { newRoom, Person } from './person.mjs';
import { startServer } from './server.mjs';
import { PATIENCE } from './until.mjs';

/**
 * Sets the stage for a test file. Browsers start when the first test needs them and end with the file.
 *
 * @param {{ server?: string[], address?: string, port?: number, tls?: boolean, host?: object }} [options] flags for the server,
 *   and where it runs and listens, and whether it speaks HTTPS
 */
export function stage({ server: flags = [], ...where } = {}) {
  const started = [];
  let server;

  before(async () => {
    server = await startServer(flags, where);
  });
  after(async () => {
    await Promise.allSettled(started.map(async (browser) => (await browser).close()));
    await server?.stop();
  });

  const lazily = (launch) => (options) => {
    let browser;
    return {
      tab(settings) {
        if (!browser) started.push((browser = launch({ certificate: server.certificate, ...options })));
        return browser.then((running) => running.tab(settings));
      },
      /** Ends the browser before the file ends: the next test needs the machine. */
      close: async () => (await browser)?.close(),
    };
  };

  /**
   * A test. When it is over, no page may have complained on its console, nor talked to anyone but the server.
   *
   * @param {string} name
   * @param {(scene: { person: Function, server: object, room: string, note: Function }) => Promise<void>} act
   * @param {{ patience?: number, skip?: string | false }} [options] how many times longer than usual it may take; why it does not run
   */
  function scenario(name, act, { patience = 1, skip = false } = {}) {
    test(name, { timeout: PATIENCE * 8 * patience, skip }, async (context) => {
      const cast = [];
      const room = newRoom();
      /** Brings someone to a browser. `path` defaults to the room of this test. */
      const person = async (called, { on, origin = server.url, path = `/${room}`, query = '', ...settings }) => {
        const someone = new Person(called, await on.tab(settings), `${origin}${path}${query}`);
        // The relay is where the page came from, unless the server was told otherwise.
        someone.alsoKnown.push(server.relay, `${new URL(origin).hostname}:${server.relay.split(':').at(-1)}`);
        someone.tab.scripted = settings.javaScript !== false;
        cast.push(someone);
        return someone;
      };
      try {
        await act({ person, server, room, note: (words) => context.diagnostic(words) });
        for (const someone of cast) {
          assert.deepEqual(someone.faults(), [], `${someone.name}'s ${someone.tab.browser} complained`);
          assert.deepEqual(await someone.strangers(), [], `${someone.name}'s page talked to someone else than the server`);
        }
      } finally {
        // A test that failed may have left the server dead: the next one needs it.
        await server.restart();
        await Promise.allSettled(cast.filter(({ gone }) => !gone).map(({ tab }) => tab.close()));
      }
    });
  }

  return { scenario, chromium: lazily(launchChromium), firefox: lazily(launchFirefox) };
}
