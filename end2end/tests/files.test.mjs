// Files from person to person: what the other has in the end, what is on the way, and what harms nobody.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { stage } from '../lib/stage.mjs';
import { limit, until } from '../lib/until.mjs';

const { scenario, chromium, firefox } = stage();
const inChromium = chromium();
const inFirefox = firefox();

const MIB = 1024 * 1024;

const folder = await mkdtemp(join(tmpdir(), 'parlour-files-'));
after(() => rm(folder, { recursive: true, force: true }));

const sha = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** A file on this machine with random bytes. */
async function made(name, size) {
  const bytes = randomBytes(size);
  const path = join(folder, name);
  await writeFile(path, bytes);
  return { name, path, sha: sha(bytes), size };
}

/** What a person reads of files, one row for each and for each person. */
const readRows = () =>
  [...document.querySelectorAll('.transfer')].map((row) => ({
    file: row.closest('.file').querySelector('.about b').textContent,
    person: row.querySelector('b').textContent,
    state: row.dataset.state,
    says: row.querySelector('span').textContent,
    bar: row.querySelector('progress').checkVisibility() ? row.querySelector('progress').getAttribute('aria-label') : null,
    done: Number(row.querySelector('progress').value),
    buttons: [...row.querySelectorAll('button')].filter((button) => button.checkVisibility()).map((button) => button.textContent.trim()),
  }));

/** Waits until a file stands like this, and returns its row. */
async function stands(someone, file, holds, words = `${file} ${holds}`, within = 25) {
  const fits = typeof holds === 'string' ? ({ state }) => state === holds : holds;
  let rows;
  return until(
    async () => (rows = await someone.tab.run(readRows)).find((row) => row.file === file && fits(row)),
    async () => `${someone.name} should see ${words}: ${JSON.stringify(rows)}. ${await someone.looks()}`,
    { within: limit(within) },
  );
}

/** Presses the button of one of several files. */
const presses = (someone, file, button) =>
  someone.tab.run(
    ({ file, button }) => {
      const item = [...document.querySelectorAll('.file')].find((item) => item.querySelector('.about b').textContent === file);
      [...item.querySelectorAll('button')].find((found) => found.checkVisibility() && found.textContent.trim() === button).click();
    },
    { file, button },
  );

async function pair(person, { on = inChromium, other = inChromium, setup = [], otherSetup = [] } = {}) {
  const ada = await person('Ada', { on, setup });
  const ben = await person('Ben', { on: other, setup: otherSetup });
  await ada.enters();
  await ben.enters();
  await Promise.all([ada.sees('Ben'), ben.sees('Ada')]);
  return [ada, ben];
}

/** Begins to note how files stand, in `window.states`: some of it is too short to be seen from here. */
const noteStates = () => {
  window.states = [];
  const note = () => document.querySelectorAll('.transfer').forEach(({ dataset }) => window.states.push(dataset.state));
  new MutationObserver(note).observe(document.querySelector('#chat'), { subtree: true, attributeFilter: ['data-state'] });
};

/** Somebody's disk takes nothing until `window.letWrite()`. */
const heldDisk = () => {
  if (!window.FileSystemWritableFileStream) return;
  const { write } = FileSystemWritableFileStream.prototype;
  const free = new Promise((resolve) => (window.letWrite = resolve));
  FileSystemWritableFileStream.prototype.write = async function held(chunk) {
    await free;
    return write.call(this, chunk);
  };
};

/** Flips a bit of what is sent of a file, once. */
const lies = () => {
  let sent = 0;
  const { send } = RTCDataChannel.prototype;
  RTCDataChannel.prototype.send = function lie(data) {
    if (this.label !== 'file' || (sent += 1) !== 20) return send.call(this, data);
    const bytes = new Uint8Array(data).slice();
    bytes[bytes.length - 1] ^= 1;
    return send.call(this, bytes);
  };
};

/** What is read aloud of a page that does not have the keyboard there. */
const readAloud = () => [...document.querySelectorAll('[role="status"]')].map(({ textContent }) => textContent);

/** In which named groups a button is, from the inner one to the outer one. */
const groupsOf = (label) => {
  const groups = [];
  const is = (found) => [found.textContent.trim(), found.getAttribute('aria-label')].includes(label);
  const button = [...document.querySelectorAll('.files button')].find((found) => found.checkVisibility() && is(found));
  for (let at = button.closest('[role="group"]'); at; at = at.parentElement.closest('[role="group"]')) groups.push(at.getAttribute('aria-label'));
  return groups;
};

/** Counts the data channels of files, and the parts that are read of files. */
const counted = () => {
  window.counts = { channels: 0, reads: 0 };
  const { createDataChannel } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.createDataChannel = function create(label, options) {
    if (label === 'file') window.counts.channels += 1;
    return createDataChannel.call(this, label, options);
  };
  for (const name of ['slice', 'stream']) {
    const native = Blob.prototype[name];
    Blob.prototype[name] = function read(...args) {
      window.counts.reads += 1;
      return native.apply(this, args);
    };
  }
};

/** Drops or pastes files that are made in the page. `name` is what the page is told, whatever the browser makes of it. */
const given = async ({ how, files }) => {
  const transfer = new DataTransfer();
  for (const { name, text = '', type = '', png } of files) {
    let parts = [text];
    if (png) {
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = png;
      canvas.getContext('2d').fillRect(0, 0, 10, 10);
      parts = [await new Promise((resolve) => canvas.toBlob(resolve))];
    }
    transfer.items.add(new File(parts, 'a', { type }));
  }
  [...transfer.files].forEach((file, at) => Object.defineProperty(file, 'name', { value: files[at].name }));
  const named = [...transfer.files];
  Object.defineProperty(transfer, 'files', { value: named });
  const init = { bubbles: true, cancelable: true };
  if (how === 'paste') {
    const event = new ClipboardEvent('paste', { ...init, clipboardData: transfer });
    Object.defineProperty(event, 'clipboardData', { value: transfer });
    return document.querySelector('#chat textarea').dispatchEvent(event);
  }
  const on = document.querySelector('.stage');
  const drag = (type) => {
    const event = new DragEvent(type, init);
    Object.defineProperty(event, 'dataTransfer', { value: transfer });
    return on.dispatchEvent(event);
  };
  const isTaken = !drag('dragover');
  const shows = !document.querySelector('.drop').hidden || isTaken;
  return { isTaken, shows, left: drag('drop') };
};

/** The files that the browser keeps for the page. */
const kept = async () => {
  const names = [];
  const look = async (folder, path) => {
    for await (const [name, entry] of folder.entries()) {
      if (entry.kind === 'directory') await look(entry, `${path}${name}/`);
      else names.push(path + name);
    }
  };
  await look(await navigator.storage.getDirectory(), '');
  return names;
};

const keepsNothing = (someone) =>
  until(
    async () => (await someone.tab.run(kept)).length === 0,
    async () => `${someone.name}'s browser keeps ${JSON.stringify(await someone.tab.run(kept))}`,
    { within: limit(25) },
  );

for (const [from, to, on, other] of [
  ['Chromium', 'Firefox', inChromium, inFirefox],
  ['Firefox', 'Chromium', inFirefox, inChromium],
]) {
  scenario(`${from} to ${to}: a file arrives as it was, byte for byte, once it has been accepted`, async ({ person }) => {
    const [ada, ben] = await pair(person, { on, other, setup: [[counted]], otherSetup: [[counted]] });
    const file = await made(`holiday ${from}.bin`, 3 * MIB + 5);
    await ada.tab.attach(file.path);
    assert.deepEqual((await stands(ada, file.name, 'offered')).buttons, ['Cancel']);
    await ben.reads(`Ada wants to send you ${file.name}.`);
    assert.deepEqual(await ada.tab.run(() => window.counts), { channels: 0, reads: 0 });
    assert.deepEqual(await ben.tab.run(() => window.counts), { channels: 0, reads: 0 });
    await ben.clicks('Chat');
    assert.deepEqual((await stands(ben, file.name, 'offered')).buttons, ['Accept', 'Refuse']);
    await ben.clicks('Accept');
    assert.deepEqual((await stands(ben, file.name, 'complete')).buttons, ['Save']);
    assert.deepEqual((await stands(ada, file.name, 'complete')).says, 'Delivered');
    for (const [someone, words] of [
      [ada, `${file.name} to Ben: Delivered`],
      [ben, `${file.name} from Ada: Received`],
    ]) {
      await until(
        async () => (await someone.tab.run(readAloud)).includes(words),
        async () => `"${words}" should be read to ${someone.name}: ${await someone.tab.run(readAloud)}`,
      );
    }
    assert.deepEqual(await ben.tab.run(groupsOf, 'Save'), [`${file.name} from Ada`, file.name]);
    assert.deepEqual(await ben.tab.run(groupsOf, 'Remove from the list'), [file.name]);
    const saved = await ben.tab.downloads(() => ben.clicks('Save'));
    assert.equal(saved.name, file.name);
    assert.equal(sha(await readFile(saved.path)), file.sha);
    assert.equal((await ben.tab.run(kept)).length, 1);
    await ben.clicks('Remove from the list');
    await keepsNothing(ben);
    assert.deepEqual(await ben.tab.run(readRows), []);
  });
}

scenario('what is refused is not sent, and both read what they can do', async ({ person }) => {
  const [ada, ben] = await pair(person, { setup: [[counted]] });
  const file = await made('refused.bin', MIB);
  await ada.tab.attach(file.path);
  await ben.clicks('Chat');
  await ben.clicks('Refuse');
  assert.match((await stands(ada, file.name, 'ended')).says, /^They refused it\. Ask/);
  assert.match((await stands(ben, file.name, 'ended')).says, /^You refused it\. Ask/);
  assert.deepEqual(await ada.tab.run(() => window.counts), { channels: 0, reads: 0 });
  await keepsNothing(ben);
});

scenario('a file of which one bit is not as it was is not kept, and both read that', async ({ person }) => {
  const [ada, ben] = await pair(person, { setup: [[lies]] });
  const file = await made('damaged.bin', 2 * MIB);
  await ada.tab.attach(file.path);
  await ben.clicks('Chat');
  await ben.clicks('Accept');
  assert.match((await stands(ben, file.name, 'ended')).says, /^It arrived damaged\. Ask them/);
  assert.match((await stands(ada, file.name, 'ended')).says, /^It arrived damaged\. Send it/);
  await keepsNothing(ben);
});

for (const who of ['sender', 'receiver']) {
  scenario(`the ${who} cancels a file on its way, and nothing of it stays`, async ({ person }) => {
    const [ada, ben] = await pair(person, { otherSetup: [[heldDisk]] });
    const file = await made(`cancelled by the ${who}.bin`, 6 * MIB);
    await ada.tab.attach(file.path);
    await ben.clicks('Chat');
    await ben.clicks('Accept');
    const { bar } = await stands(ben, file.name, ({ state, done }) => state === 'going' && done > MIB, 'that some of it has come');
    assert.equal(bar, `${file.name} from Ada`);
    assert.equal((await stands(ada, file.name, ({ done }) => done > MIB, 'that some of it has gone')).bar, `${file.name} to Ben`);
    const [ends, other] = who === 'sender' ? [ada, ben] : [ben, ada];
    await ends.clicks('Cancel');
    assert.match((await stands(ends, file.name, 'ended')).says, /^You cancelled it\./);
    assert.match((await stands(other, file.name, 'ended')).says, /^They cancelled it\./);
    await ben.tab.run(() => window.letWrite());
    await keepsNothing(ben);
  });
}

for (const [name, on] of Object.entries({ Chromium: inChromium, Firefox: inFirefox })) {
  scenario(
    `${name}: a file goes on behind what has arrived when the connection has been rebuilt`,
    async ({ person }) => {
      const [ada, ben] = await pair(person, { other: on, otherSetup: [[heldDisk]] });
      const file = await made(`interrupted in ${name}.bin`, 6 * MIB);
      await ada.tab.attach(file.path);
      await ben.clicks('Chat');
      await ben.clicks('Accept');
      await stands(ben, file.name, ({ done }) => done > MIB, 'that some of it has come');
      await Promise.all([ada, ben].map(({ tab }) => tab.run(noteStates)));
      await ben.tab.run(() => {
        for (const connection of window.probe.open()) {
          connection.close();
          connection.dispatchEvent(new Event('connectionstatechange'));
        }
      });
      for (const { name, tab } of [ada, ben]) {
        await until(
          async () => (await tab.run(() => window.states)).includes('interrupted'),
          async () => `${name} should have read that the file is interrupted: ${await tab.run(() => window.states)}`,
        );
      }
      await ben.tab.run(() => window.letWrite());
      await Promise.all([ada, ben].map((someone) => stands(someone, file.name, 'complete', 'that it has come', 60)));
      const saved = await ben.tab.downloads(() => ben.clicks('Save'));
      assert.equal(sha(await readFile(saved.path)), file.sha);
    },
    { patience: 2 },
  );
}

scenario('two files go at once, and a third one waits for its turn', async ({ person }) => {
  const [ada, ben] = await pair(person, { otherSetup: [[heldDisk]] });
  const files = await Promise.all(['one.bin', 'two.bin', 'three.bin'].map((name) => made(name, 6 * MIB)));
  await ada.tab.attach(...files.map(({ path }) => path));
  await ben.clicks('Chat');
  for (const { name } of files) {
    await stands(ben, name, 'offered');
    await presses(ben, name, 'Accept');
  }
  for (const name of ['one.bin', 'two.bin']) await stands(ben, name, ({ done }) => done > MIB, `that some of ${name} has come`);
  assert.equal((await stands(ben, 'three.bin', 'waiting')).says, 'Accepted, waiting for its turn');
  await ben.tab.run(() => window.letWrite());
  for (const { name } of files) await stands(ada, name, 'complete');
});

scenario('a file goes to everyone who is there, and each answers for themselves', async ({ person }) => {
  const [ada, ben] = await pair(person);
  const cleo = await person('Cleo', { on: inChromium });
  await cleo.enters();
  await Promise.all([ada.sees('Cleo'), cleo.sees('Ada')]);
  const file = await made('for both.bin', MIB);
  await ada.tab.attach(file.path);
  await Promise.all(['Ben', 'Cleo'].map((name) => stands(ada, file.name, ({ person }) => person === name, `${file.name} for ${name}`)));
  assert.equal(await ada.tab.run(() => document.querySelectorAll('.file').length), 1);
  await ben.clicks('Chat');
  await ben.clicks('Accept');
  await cleo.clicks('Chat');
  await cleo.clicks('Refuse');
  await stands(ada, file.name, ({ person, state }) => person === 'Ben' && state === 'complete', 'that Ben has it');
  await stands(ada, file.name, ({ person, state }) => person === 'Cleo' && state === 'ended', 'that Cleo does not want it');
});

scenario('names that lead elsewhere or turn around are saved as harmless ones, and an empty file is a file', async ({ person }) => {
  const [ada, ben] = await pair(person);
  await ben.clicks('Chat');
  for (const [sent, got, text] of [
    ['../../x', 'x', 'a path'],
    ['invoice\u202Efdp.exe', 'invoicefdp.exe', 'turned'],
    ['<img src=x onerror=harmed=1>.txt', '_img src=x onerror=harmed=1_.txt', 'markup'],
    ['empty.txt', 'empty.txt', ''],
  ]) {
    const { isTaken, shows, left } = await ada.tab.run(given, { how: 'drop', files: [{ name: sent, text }] });
    assert.deepEqual([isTaken, shows, left], [true, true, false], 'the page takes what is dropped');
    await stands(ben, got, 'offered');
    await ben.clicks('Accept');
    await stands(ben, got, 'complete');
    const saved = await ben.tab.downloads(() => ben.clicks('Save'));
    assert.equal(saved.name, got);
    assert.equal((await readFile(saved.path)).toString(), text);
    await ben.clicks('Remove from the list');
  }
  assert.equal(await ben.tab.run(() => window.harmed), undefined);
});

for (const [name, on] of Object.entries({ Chromium: inChromium, Firefox: inFirefox })) {
  scenario(`${name}: files can be dropped on the call and pasted into the chat`, async ({ person }) => {
    const [ada, ben] = await pair(person, { on });
    await ben.clicks('Chat');
    await ada.tab.run(given, { how: 'drop', files: [{ name: 'one.txt', text: '1' }, { name: 'two.txt', text: '2' }] });
    await stands(ben, 'one.txt', 'offered');
    await stands(ben, 'two.txt', 'offered');
    const isLeft = await ada.tab.run(given, { how: 'paste', files: [{ name: 'three.txt', text: '3' }] });
    assert.equal(isLeft, false);
    await stands(ben, 'three.txt', 'offered');
    await presses(ben, 'three.txt', 'Accept');
    await stands(ada, 'three.txt', 'complete');
  });
}

scenario('a small picture is shown of a picture, and of nothing else', async ({ person }) => {
  const [ada, ben] = await pair(person);
  await ben.clicks('Chat');
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>';
  const files = [
    { name: 'picture.png', type: 'image/png', png: [640, 320] },
    { name: 'drawing.png', type: 'image/png', text: svg },
    { name: 'long.png', type: 'image/png', png: [4000, 10] },
  ];
  await ada.tab.run(given, { how: 'drop', files });
  for (const { name } of files) {
    await stands(ben, name, 'offered');
    await presses(ben, name, 'Accept');
  }
  for (const { name } of files) await stands(ben, name, 'complete');
  const drawn = () => [...document.querySelectorAll('.file canvas')].map((canvas) => (canvas.checkVisibility() ? [canvas.width, canvas.height] : null));
  await until(
    async () => JSON.stringify(await ben.tab.run(drawn)) === JSON.stringify([[320, 160], null, null]),
    async () => `Ben should see one small picture: ${JSON.stringify(await ben.tab.run(drawn))}`,
  );
});

scenario('a browser that stores nothing holds a small file in memory, and of a large one both read that it cannot', async ({ person }) => {
  const none = () => {
    if (window.StorageManager) delete StorageManager.prototype.getDirectory;
  };
  const [ada, ben] = await pair(person, { otherSetup: [[none]] });
  const small = await made('in memory.bin', 3 * MIB + 1);
  const large = { name: 'not stored.bin', path: join(folder, 'not stored.bin') };
  await writeFile(large.path, '');
  await truncate(large.path, 256 * MIB + 1);
  await ada.tab.attach(small.path, large.path);
  await ben.clicks('Chat');
  await stands(ben, large.name, 'offered');
  await presses(ben, large.name, 'Accept');
  assert.match((await stands(ada, large.name, 'ended')).says, /^Their browser cannot store it\./);
  assert.match((await stands(ben, large.name, 'ended')).says, /^This browser cannot store it\./);
  await presses(ben, small.name, 'Accept');
  await stands(ben, small.name, 'complete');
  const saved = await ben.tab.downloads(() => presses(ben, small.name, 'Save'));
  assert.equal(sha(await readFile(saved.path)), small.sha);
  await ada.sees('Ben');
});

scenario('what was received can be saved after leaving, once more, too, and the next page deletes what is left', async ({ person }) => {
  const [ada, ben] = await pair(person);
  const file = await made('late.bin', MIB);
  await ada.tab.attach(file.path);
  await ben.clicks('Chat');
  await ben.clicks('Accept');
  await stands(ben, file.name, 'complete');
  // Where it goes from there, and whether it does, is between the person and the browser.
  await ben.tab.downloads(() => ben.clicks('Save'));
  await ben.leaves();
  const saved = await ben.tab.downloads(() => ben.clicks('Save'));
  assert.equal(sha(await readFile(saved.path)), file.sha);
  // As after a crash.
  await ben.tab.run(async () => {
    const root = await navigator.storage.getDirectory();
    const all = await root.getDirectoryHandle('parlour-files', { create: true });
    const left = await all.getDirectoryHandle('1234', { create: true });
    await left.getFileHandle('1', { create: true });
  });
  assert.equal((await ben.tab.run(kept)).length, 2);
  await ben.tab.reload();
  await ben.comesAlive();
  await keepsNothing(ben);
});

scenario('who is alone is told so instead of sending to nobody', async ({ person }) => {
  const ada = await person('Ada', { on: inChromium });
  await ada.enters();
  const file = await made('alone.bin', 10);
  await ada.tab.attach(file.path);
  await ada.reads('Nobody else is here.');
});
