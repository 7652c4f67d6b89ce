// Firefox, driven by puppeteer-core over WebDriver BiDi: the browser as its users have it, unpatched.

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer from 'puppeteer-core';
import { freePort } from './ports.mjs';
import { probe } from './probe.mjs';
import { stopwatch } from './stopwatch.mjs';
import { PATIENCE, until } from './until.mjs';

const EXECUTABLE = process.env.PARLOUR_FIREFOX ?? '/usr/bin/firefox-esr';

/**
 * Starts a Firefox. Every tab has its own cookies and storage, as if each belonged to another person.
 *
 * @param {object} [options]
 * @param {'fake' | 'none' | 'refused'} [options.devices] `fake`: a camera and a microphone that may be used; `none`;
 *   `refused`: there are both and the person says no
 * @param {string} [options.loopbackName] a host name that leads to the loopback interface
 * @param {string} [options.trusts] an address without TLS whose pages may use devices all the same
 * @param {object} [options.certificate] whichever the server shows is trusted where this is given
 * @param {boolean} [options.loopbackCandidates] connections use the loopback interface, too: a relay there is reached from
 *   nowhere else
 * @param {Record<string, string>} [options.names] host names, and the address that they lead to: one, and all other names lead there, too
 * @param {(program: string) => string} [options.enter] makes a program that starts the browser elsewhere
 * @param {(port: number) => Promise<() => void>} [options.lead] makes a port of the loopback interface there reachable here
 */
export async function launchFirefox({
  devices = 'fake',
  loopbackName,
  trusts,
  certificate,
  loopbackCandidates = false,
  names = {},
  enter = (program) => program,
  lead,
} = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'parlour-downloads-'));
  const preferences = {
    'browser.download.folderList': 2,
    'browser.download.dir': folder,
    'browser.download.useDownloadDir': true,
    'browser.download.always_ask_before_handling_new_types': false,
    'browser.helperApps.neverAsk.saveToDisk': 'application/octet-stream',
    'media.navigator.streams.fake': devices !== 'none',
    'media.navigator.permission.disabled': devices !== 'refused',
    'media.navigator.video.default_width': 320,
    'media.navigator.video.default_height': 240,
    'media.navigator.video.default_fps': 10,
    'media.autoplay.default': 0,
    'media.peerconnection.ice.obfuscate_host_addresses': false,
    'media.peerconnection.ice.loopback': loopbackCandidates,
    'dom.events.testing.asyncClipboard': true,
  };
  if (devices === 'refused') {
    preferences['permissions.default.camera'] = 2;
    preferences['permissions.default.microphone'] = 2;
  }
  if (devices === 'none') {
    // Only devices of these names count, and no machine has them.
    preferences['media.video_loopback_dev'] = 'no such camera';
    preferences['media.audio_loopback_dev'] = 'no such microphone';
  }
  if (trusts) preferences['dom.securecontext.allowlist'] = trusts;
  if (loopbackName) preferences['network.dns.localDomains'] = loopbackName;
  // Pages and TURN ask the same resolver. It looks at this before its rule that all under `localhost` is this machine.
  const [address] = Object.values(names);
  if (address) preferences['network.dns.forceResolve'] = address;
  // The browser listens to its driver on a port of its own loopback interface.
  const debuggingPort = lead && (await freePort());
  const leadNoMore = await lead?.(debuggingPort);
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: enter(EXECUTABLE),
    debuggingPort,
    headless: true,
    extraPrefsFirefox: preferences,
    acceptInsecureCerts: Boolean(certificate),
  });
  return {
    name: 'Firefox',
    tab: (settings) => openTab(browser, folder, settings),
    close: async () => {
      await browser.close();
      leadNoMore?.();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function openTab(browser, folder, { refuse, relayOnly, javaScript = true, viewport, beside, timed = false, setup = [] } = {}) {
  const context = beside?.context ?? (await browser.createBrowserContext());
  // Each person in a window: a tab behind another one is throttled.
  const page = await context.newPage({ type: 'window' });
  page.setDefaultTimeout(PATIENCE);
  await page.setViewport(viewport ?? { width: 1280, height: 800 });
  if (!javaScript) await page.setJavaScriptEnabled(false);
  for (const [script, options] of setup) await page.evaluateOnNewDocument(script, options);
  await page.evaluateOnNewDocument(probe, { refuse, relayOnly });
  if (timed) await page.evaluateOnNewDocument(stopwatch);
  const faults = [];
  const requests = [];
  page.on('console', (message) => {
    if (['error', 'warn', 'warning', 'assert'].includes(message.type())) faults.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`page error: ${error.message}`));
  page.on('request', (request) => requests.push(request.url()));
  page.on('response', (response) => {
    // Some browsers ask for this by themselves, whatever icon the page names.
    if (response.status() >= 400 && !response.url().endsWith('/favicon.ico')) faults.push(`answer ${response.status()} to ${response.url()}`);
  });
  const named = (role, name) => `::-p-aria([name=${JSON.stringify(name)}][role="${role}"])`;
  // The driver waits for a load, and a page that was kept is not loaded again: only the page knows its address then.
  const history = async (step) => {
    const address = () => page.evaluate(() => location.href);
    const from = await address();
    page[step]().catch(() => undefined);
    await until(async () => (await address()) !== from, () => `Firefox stayed at ${from}`);
  };
  return {
    browser: 'Firefox',
    context,
    faults,
    requests,
    goto: async (url) => (await page.goto(url, { waitUntil: 'domcontentloaded' }))?.status(),
    reload: () => page.reload({ waitUntil: 'domcontentloaded' }),
    back: () => history('goBack'),
    forward: () => history('goForward'),
    run: (code, argument) => page.evaluate(code, argument),
    click: async (role, name) => {
      const element = await until(
        async () => {
          const found = await page.evaluateHandle((wanted) => window.probe.find(wanted) ?? null, { role, name });
          return found.asElement();
        },
        () => `there is no ${role} "${name}" to click`,
      );
      await element.click();
      await element.dispose();
    },
    fill: (name, value) => page.locator(named('textbox', name)).fill(value),
    attach: async (...paths) => {
      const input = await page.$('input[type=file]');
      await input.uploadFile(...paths);
      await input.dispose();
    },
    downloads: async (act) => {
      const before = await readdir(folder);
      await act();
      // What is not complete has a second file beside it.
      const name = await until(
        async () => {
          const files = await readdir(folder);
          return !files.some((file) => file.endsWith('.part')) && files.find((file) => !before.includes(file));
        },
        async () => `Firefox downloaded nothing: ${await readdir(folder)}`,
      );
      return { name, path: join(folder, name) };
    },
    shows: (role, name) => page.evaluate((wanted) => window.probe.shows(wanted), { role, name }),
    press: (key) => page.keyboard.press(key),
    hover: (selector) => page.hover(selector),
    mouse: {
      move: (x, y, steps = 1) => page.mouse.move(x, y, { steps }),
      down: () => page.mouse.down(),
      up: () => page.mouse.up(),
      wheel: (down) => page.mouse.wheel({ deltaY: down }),
    },
    stir: async () => {
      await page.mouse.move(40, 200);
      await page.mouse.move(60, 240);
    },
    html: () => page.content(),
    screenshot: (path) => page.screenshot({ path }),
    close: () => page.close(),
  };
}
