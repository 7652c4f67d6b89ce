// The pages as such: what is there without the program, without JavaScript, and when something is blocked.

import assert from 'node:assert/strict';
import { roomPage } from '../lib/page-size.mjs';
import { stage } from '../lib/stage.mjs';
import { until } from '../lib/until.mjs';

const { scenario, chromium, firefox } = stage();
const inChromium = chromium();
const inFirefox = firefox();

const withoutScript = { on: inChromium, javaScript: false };

scenario('the home page needs no script: "New room" leads into a room of its own', async ({ person }) => {
  const ada = await person('Ada', { ...withoutScript, path: '/' });
  assert.equal(await ada.arrives(), 200);
  await ada.tab.click('link', 'New room');
  await ada.tab.settles();
  assert.match(new URL(ada.tab.address()).pathname, /^\/[0-9a-f]{8}-[0-9a-f-]{27}$/, 'a new room has a name that nobody can guess');
  assert.ok(await ada.tab.shows('button', 'Join'), 'the new room shows its lobby');
});

scenario('the home page needs no script: a room is opened by its name', async ({ person }) => {
  const ada = await person('Ada', { ...withoutScript, path: '/' });
  await ada.arrives();
  await ada.tab.fill('Or open a room by its name', 'Team 7');
  await ada.tab.click('button', 'Open');
  await ada.tab.settles();
  assert.equal(new URL(ada.tab.address()).pathname, '/team-7', 'what a person types is made into a room name');
});

scenario('a name that cannot be a room is explained on the home page', async ({ person }) => {
  const ada = await person('Ada', { ...withoutScript, path: '/' });
  ada.expected.push(/answer 4\d\d to .*\?room=/, /console error: Failed to load resource/);
  await ada.arrives();
  await ada.tab.fill('Or open a room by its name', '../..');
  await ada.tab.click('button', 'Open');
  await ada.tab.settles();
  const html = await ada.tab.html();
  assert.match(html, /role="alert"[^>]*>[^<]*room name/i, 'the page says what a room name may be');
  assert.ok(await ada.tab.shows('link', 'New room'), 'and is still the home page');
});

for (const [name, on] of Object.entries({ Chromium: inChromium, Firefox: inFirefox })) {
  scenario(`${name}: the home page loads no script and no wasm`, async ({ person }) => {
    const ada = await person('Ada', { on, path: '/' });
    await ada.arrives();
    await ada.finds('link', 'New room');
    assert.deepEqual(
      ada.tab.requests.filter((address) => /\.(js|wasm)\b/.test(address)),
      [],
      'the home page is HTML and CSS',
    );
  });

  scenario(`${name}: a page that is not there says so and leads home`, async ({ person }) => {
    const ada = await person('Ada', { on, path: '/no/such/page' });
    ada.expected.push(/answer 404 to/, /console error: Failed to load resource/);
    assert.equal(await ada.arrives(), 404);
    await ada.finds('link', 'Go to the start');
  });
}

scenario('the server paints the whole lobby before any program runs', async ({ person }) => {
  const ada = await person('Ada', { ...withoutScript });
  assert.equal(await ada.arrives(), 200);
  for (const [role, called] of [
    ['textbox', 'Your name'],
    ['button', 'Join'],
    ['button', 'Microphone'],
    ['button', 'Camera'],
  ]) {
    assert.ok(await ada.tab.shows(role, called), `the server's lobby has no ${role} "${called}"`);
  }
  assert.match(await ada.tab.html(), /<noscript>[^]*JavaScript/, 'who has no JavaScript is told that a call needs it');
});

scenario('what has nothing to say is not drawn', async ({ person }) => {
  const drawn = (who) =>
    who.tab.run(() =>
      [...document.querySelectorAll('[role="status"], [role="alert"]')]
        .filter((element) => element.checkVisibility() && element.getBoundingClientRect().height > 0 && !element.textContent.trim())
        .map((element) => element.outerHTML),
    );
  const ada = await person('Ada', { on: inChromium });
  await ada.arrives();
  await ada.comesAlive();
  assert.deepEqual(await drawn(ada), [], 'Ada sees an empty box in the lobby');
  await ada.joins();
  assert.deepEqual(await drawn(ada), [], 'Ada sees an empty box in the call');
});

scenario('a page whose wasm is blocked says so', async ({ person }) => {
  const ada = await person('Ada', { on: inChromium });
  ada.expected.push(/Failed to (load|fetch)/i, /console (error|warning): .*(wasm|fetch|ERR_FAILED|preload)/i);
  await ada.tab.block(/\.wasm(\?|$)/);
  await ada.arrives();
  await ada.reads('This page could not start.');
});

scenario('who cannot run the program is in no room', async ({ person }) => {
  const ben = await person('Ben', { on: inChromium });
  await ben.enters();
  const ada = await person('Ada', { on: inChromium, query: '?autojoin&name=Ada' });
  ada.expected.push(/Failed to (load|fetch)/i, /console (error|warning): .*(wasm|fetch|ERR_FAILED|preload)/i);
  await ada.tab.block(/\.wasm(\?|$)/);
  await ada.arrives();
  await ada.reads('This page could not start.');
  await ben.isWith();
});

scenario('a program that traps says on the page that it stopped', async ({ person }) => {
  const ada = await person('Ada', { on: inChromium });
  await ada.arrives();
  await ada.comesAlive();
  await ada.tab.run(() => {
    const error = new WebAssembly.RuntimeError('unreachable');
    window.dispatchEvent(new ErrorEvent('error', { error }));
  });
  await ada.reads('This page has stopped working.');
});

scenario('a page whose script is blocked says so', async ({ person }) => {
  const ada = await person('Ada', { on: inChromium });
  ada.expected.push(/Failed to (load|fetch)/i, /console (error|warning): .*(module|fetch|ERR_FAILED|preload)/i);
  await ada.tab.block(/\/pkg\/.*\.js(\?|$)/);
  await ada.arrives();
  await ada.reads('This page could not start.');
});

scenario('who types a name and clicks Join before the program is there joins as soon as it is', async ({ person }) => {
  const ben = await person('Ben', { on: inChromium });
  await ben.enters();
  const ada = await person('Ada', { on: inChromium });
  const letThrough = await ada.tab.hold(/\.wasm(\?|$)/);
  await ada.arrives();
  await ada.introduces();
  await ada.clicks('Join');
  assert.equal(await ada.tab.run(() => window.probe.alive()), false, 'the program must not run yet, or this test tests nothing');
  letThrough();
  await ada.isInTheCall();
  await ben.isWith('Ada');
  await ben.sees('Ada');
});

/** Whether the program has taken the page over. */
const stands = (someone) => someone.tab.run(() => document.querySelector('#app').hasAttribute('data-mounted'));

for (const query of ['', '?autojoin']) {
  scenario(`who turns microphone and camera off before the program is there is heard and seen by nobody: /room${query}`, async ({ person }) => {
    const ben = await person('Ben', { on: inChromium });
    await ben.enters();
    const ada = await person('Ada', { on: inChromium, query });
    const letThrough = await ada.tab.hold(/\.wasm(\?|$)/);
    await ada.arrives();
    if (!query) await ada.introduces();
    for (const device of ['Microphone', 'Camera']) {
      await ada.clicks(device);
      await ada.findsSwitched(device, 'off');
    }
    if (!query) await ada.clicks('Join');
    assert.equal(await stands(ada), false, 'the program must not run yet, or this test tests nothing');
    letThrough();
    await ada.isInTheCall();
    const who = query ? 'Guest' : 'Ada';
    await ben.isWith(who);
    for (const device of ['Microphone', 'Camera']) await ada.findsSwitched(device, 'off');
    await ada.hasNoLight();
    for (const words of [/microphone off/i, /camera off/i]) await ben.readsOnTheTileOf(who, words);
  });
}

scenario('what is clicked in a call before the program is there happens as soon as it is', async ({ person }) => {
  const ada = await person('Ada', { on: inChromium, query: '?autojoin&name=Ada' });
  const letThrough = await ada.tab.hold(/\.wasm(\?|$)/);
  await ada.arrives();
  await ada.clicks('More');
  assert.equal(await stands(ada), false, 'the program must not run yet, or this test tests nothing');
  const isOpen = () => ada.tab.run(() => Boolean(document.querySelector('#more:popover-open')));
  assert.equal(await isOpen(), false, 'what is in it does nothing yet');
  letThrough();
  await until(isOpen, async () => `Ada's panel stays closed. ${await ada.looks()}`);
  await ada.clicks('Leave');
  await ada.finds('heading', 'You left');
});

/** What extensions, portals and translators do to a page, in it as soon as it is there. */
const meddlers = {
  'an extension puts something in front of everything': () => {
    new MutationObserver((_, observer) => {
      if (!document.body) return;
      document.body.prepend(Object.assign(document.createElement('div'), { textContent: 'Protected by Example' }));
      observer.disconnect();
    }).observe(document, { childList: true, subtree: true });
  },
  'a translator wraps every text': () => {
    document.addEventListener('DOMContentLoaded', () => {
      const texts = document.createTreeWalker(document.querySelector('#app'), NodeFilter.SHOW_TEXT);
      const found = [];
      while (texts.nextNode()) found.push(texts.currentNode);
      for (const text of found) {
        const font = document.createElement('font');
        text.replaceWith(font);
        font.append(text);
      }
    });
  },
  'an extension puts something into the form': () => {
    document.addEventListener('DOMContentLoaded', () => document.querySelector('form').prepend(document.createElement('section')));
  },
};
for (const [what, meddle] of Object.entries(meddlers)) {
  scenario(`${what}, and the call takes place`, async ({ person }) => {
    const ben = await person('Ben', { on: inChromium });
    await ben.enters();
    const ada = await person('Ada', { on: inChromium });
    // A development build says more of it.
    ada.expected.push(/hydrat/i, /client-side rendering mode/);
    await ada.tab.context.addInitScript(meddle);
    await ada.arrives();
    await ada.comesAlive();
    await ada.introduces();
    await ada.joins();
    await ada.sees('Ben');
    await ben.isWith('Ada');
    assert.equal(await ada.tab.run(() => document.querySelector('#boot-problem').hidden), true);
  });
}

scenario('a page whose inline script is blocked on the way says so by itself, and Join does not reload it', async ({ person }) => {
  const ada = await person('Ada', { on: inChromium });
  ada.expected.push(/Content Security Policy/i, /preloaded using link preload but not used/);
  await ada.tab.context.route('**/*', async (route) => {
    if (route.request().resourceType() !== 'document') return route.continue();
    const response = await route.fetch();
    const policy = response.headers()['content-security-policy'];
    await route.fulfill({ response, headers: { ...response.headers(), 'content-security-policy': `${policy}, script-src 'self'` } });
  });
  await ada.arrives();
  await ada.tab.run(() => (document.body.dataset.first = 'true'));
  await ada.clicks('Join');
  await ada.reads("Something on the way blocks this page's script");
  await until(
    () => ada.tab.run(() => document.querySelector('#boot-blocked').checkVisibility({ visibilityProperty: true })),
    async () => `the sentence is not seen. ${await ada.looks()}`,
  );
  assert.equal(await ada.tab.run(() => document.body.dataset.first), 'true', 'Join has reloaded the page');
});

scenario('a page that runs says nothing of blocked scripts, and one without scripts says it once', async ({ person }) => {
  const ada = await person('Ada', { on: inChromium });
  await ada.arrives();
  await ada.comesAlive();
  assert.equal(await ada.tab.run(() => document.querySelector('#boot-blocked')), null);
  const ben = await person('Ben', withoutScript);
  await ben.arrives();
  const [page] = ben.tab.context.pages();
  assert.equal(await page.locator('noscript > .boot-problem').isVisible(), true);
  assert.equal(await page.locator('#boot-blocked').isVisible(), false);
});

scenario('every response forbids what the page does not need', async ({ server, room }) => {
  for (const path of ['/', `/${room}`, '/no/such/page']) {
    const { headers } = await fetch(server.url + path);
    const policy = headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'self'|default-src 'none'/, path);
    assert.match(policy, /script-src [^;]*'nonce-/, path);
    assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'/, path);
    assert.match(policy, /frame-ancestors/, path);
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
    assert.equal(headers.get('referrer-policy'), 'no-referrer', path);
    assert.ok(headers.get('permissions-policy'), path);
  }
});

scenario('two loads of a page never share a nonce', async ({ server, room }) => {
  const nonce = async () => {
    const { headers } = await fetch(`${server.url}/${room}`);
    return headers.get('content-security-policy').match(/'nonce-([^']+)'/)[1];
  };
  const seen = new Set(await Promise.all([1, 2, 3, 4].map(nonce)));
  assert.equal(seen.size, 4);
});

scenario('program, script and styles of a room were compressed when the page was built, and come so', async ({ server, room }) => {
  // Throws with the names of those that come otherwise.
  assert.ok((await roomPage(`${server.url}/${room}`)).room > 0);
});
