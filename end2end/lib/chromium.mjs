// Chromium, driven by playwright-core over the DevTools protocol.

import { chromium as playwright } from 'playwright-core';
import { probe } from './probe.mjs';
import { sceneOf } from './scenes.mjs';
import { stopwatch } from './stopwatch.mjs';
import { PATIENCE } from './until.mjs';

const EXECUTABLE = process.env.PARLOUR_CHROMIUM ?? '/usr/bin/chromium';

/**
 * Starts a Chromium. Every tab has its own profile, as if each belonged to another person.
 *
 * @param {object} [options]
 * @param {'fake' | 'no-camera' | 'refused'} [options.devices] `fake`: a camera and a microphone that may be used;
 *   `no-camera`: only a microphone; `refused`: there are both and the person says no
 * @param {number} [options.cameras] how many cameras there are
 * @param {boolean} [options.soundNeedsClick] sound plays only after a click
 * @param {boolean} [options.keepsPages] going back restores the page as it was (the back/forward cache)
 * @param {string} [options.loopbackName] a host name that leads to the loopback interface
 * @param {Record<string, string>} [options.names] host names, and the addresses that they lead to
 * @param {{ spki: string }} [options.certificate] one that is trusted though nobody vouches for it, for pages and for TURN over TLS
 * @param {(program: string) => string} [options.enter] makes a program that starts the browser elsewhere
 * @param {boolean} [options.guardsLocalNetwork] pages need a permission to reach hosts of the local network (W3C Local Network Access),
 *   connections between people included
 * @param {string} [options.profile] a folder: all tabs are one person's, and what pages store is on the disk
 */
export async function launchChromium({
  devices = 'fake',
  cameras = devices === 'no-camera' ? 0 : 1,
  soundNeedsClick = false,
  keepsPages = false,
  loopbackName,
  names = loopbackName ? { [loopbackName]: '127.0.0.1' } : {},
  certificate,
  enter = (program) => program,
  profile,
  guardsLocalNetwork = false,
} = {}) {
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--disable-features=WebRtcHideLocalIpsWithMdns',
  ];
  // Five frames a second are enough to see whether somebody moves, and leave the machine to the rest.
  args.push(`--use-fake-device-for-media-stream=device-count=${cameras},fps=5`);
  if (devices === 'refused') args.push('--deny-permission-prompts');
  else args.push('--use-fake-ui-for-media-stream');
  if (guardsLocalNetwork) args.push('--enable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebRTC');
  if (soundNeedsClick) args.push('--autoplay-policy=document-user-activation-required');
  if (certificate) args.push(`--ignore-certificate-errors-spki-list=${certificate.spki}`);
  const rules = Object.entries(names).map(([name, address]) => `MAP ${name} ${address.includes(':') ? `[${address}]` : address}`);
  if (rules.length) args.push(`--host-resolver-rules=${rules.join(',')}`);
  const settings = {
    executablePath: enter(EXECUTABLE),
    headless: true,
    args,
    ignoreDefaultArgs: keepsPages ? ['--disable-back-forward-cache'] : [],
  };
  if (profile) {
    const context = await playwright.launchPersistentContext(profile, { ...settings, viewport: { width: 1280, height: 800 } });
    return {
      name: 'Chromium',
      tab: (settings) => openTab(null, { ...settings, beside: { context } }),
      close: () => context.close(),
    };
  }
  const browser = await playwright.launch(settings);
  return {
    name: 'Chromium',
    tab: (settings) => openTab(browser, settings),
    close: () => browser.close(),
  };
}

async function openTab(
  browser,
  {
    refuse,
    relayOnly,
    onlyRelay,
    javaScript = true,
    permissions,
    viewport,
    colorScheme,
    forcedColors,
    beside,
    anyCertificate = false,
    timed = false,
    setup = [],
    filmed,
    density,
  } = {},
) {
  const context =
    beside?.context ??
    (await browser.newContext({
      javaScriptEnabled: javaScript,
      viewport: viewport ?? { width: 1280, height: 800 },
      deviceScaleFactor: density,
      colorScheme: colorScheme ?? 'light',
      forcedColors: forcedColors ?? 'none',
      ignoreHTTPSErrors: anyCertificate,
      permissions,
    }));
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  if (filmed) await page.addInitScript({ content: sceneOf(filmed) });
  for (const [script, options] of setup) await page.addInitScript(script, options);
  await page.addInitScript(probe, { refuse, relayOnly, onlyRelay });
  if (timed) await page.addInitScript(stopwatch);
  const faults = [];
  const requests = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`page error: ${error.message}`));
  page.on('crash', () => faults.push('the page crashed'));
  page.on('request', (request) => requests.push(request.url()));
  page.on('websocket', (socket) => requests.push(socket.url().replace(/^ws/, 'http')));
  page.on('response', (response) => {
    // Some browsers ask for this by themselves, whatever icon the page names.
    if (response.status() >= 400 && !response.url().endsWith('/favicon.ico')) faults.push(`answer ${response.status()} to ${response.url()}`);
  });
  const named = (role, name) => page.getByRole(role, { name, exact: true });
  // Not page.evaluate(), which counts as a click of the person: looking must not allow the page to make sound.
  const session = await context.newCDPSession(page);
  const run = async (code, argument) => {
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
      expression: `(${code})(${JSON.stringify(argument)})`,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  return {
    browser: 'Chromium',
    context,
    faults,
    requests,
    goto: async (url) => (await page.goto(url, { waitUntil: 'domcontentloaded' }))?.status(),
    reload: () => page.reload({ waitUntil: 'domcontentloaded' }),
    // A page that was kept is not loaded again: only the change of address can be waited for.
    back: () => page.goBack({ waitUntil: 'commit' }),
    forward: () => page.goForward({ waitUntil: 'commit' }),
    run,
    click: (role, name) => named(role, name).click(),
    press: (key) => page.keyboard.press(key),
    hover: (selector) => page.hover(selector),
    /** The mouse, in CSS pixels of the window. */
    mouse: {
      move: (x, y, steps = 1) => page.mouse.move(x, y, { steps }),
      down: () => page.mouse.down(),
      up: () => page.mouse.up(),
      wheel: (down) => page.mouse.wheel(0, down),
    },
    /** Fingers on the glass: a `touchStart`, `touchMove` or `touchEnd`, and where each of them is then. */
    touch: (type, ...fingers) => session.send('Input.dispatchTouchEvent', { type, touchPoints: fingers.map(([x, y], id) => ({ x, y, id })) }),
    fill: (name, value) => named('textbox', name).fill(value),
    /** Chooses files where the page asks for some. */
    attach: (...paths) => page.setInputFiles('input[type=file]', paths),
    /** What is downloaded when this is done: under which name, and the file. */
    downloads: async (act) => {
      const [download] = await Promise.all([page.waitForEvent('download'), act()]);
      return { name: download.suggestedFilename(), path: await download.path() };
    },
    choose: (list, choice) => page.getByRole('combobox', { name: list, exact: true }).selectOption({ label: choice }),
    shows: (role, name) =>
      javaScript ? run((wanted) => window.probe.shows(wanted), { role, name }) : named(role, name).first().isVisible(),
    stir: async () => {
      await page.mouse.move(40, 200);
      await page.mouse.move(60, 240);
    },
    /** Answers such requests with this status; without one they fail. */
    block: (pattern, status) =>
      page.route((url) => pattern.test(url.href), (route) => (status ? route.fulfill({ status, body: '' }) : route.abort())),
    /** Keeps such requests waiting until the function that it returns is called. */
    hold: async (pattern) => {
      let letThrough;
      const freed = new Promise((resolve) => (letThrough = resolve));
      await page.route((url) => pattern.test(url.href), (route) => freed.then(() => route.continue()));
      return letThrough;
    },
    /** Stops the page's tasks, as a telephone does with a page in the background; what it returns lets them go on. */
    freeze: async () => {
      await session.send('Page.setWebLifecycleState', { state: 'frozen' });
      return () => session.send('Page.setWebLifecycleState', { state: 'active' });
    },
    /**
     * Stops the processes of all pages of this browser, as a laptop that is shut does; what it returns lets them go on.
     */
    suspend: async () => {
      const { processInfo } = await (await page.context().browser().newBrowserCDPSession()).send('SystemInfo.getProcessInfo');
      const renderers = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
      for (const id of renderers) process.kill(id, 'SIGSTOP');
      return async () => renderers.forEach((id) => process.kill(id, 'SIGCONT'));
    },
    settles: () => page.waitForLoadState('load'),
    address: () => page.url(),
    html: () => page.content(),
    resize: (viewport) => page.setViewportSize(viewport),
    screenshot: (path) => page.screenshot({ path, scale: 'css' }),
    close: async () => {
      await page.close();
      if (!beside && context.pages().length === 0) await context.close();
    },
  };
}
