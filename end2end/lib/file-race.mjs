// A file from page to page, once as Parlour sends it and once over a bare data channel that hashes what it sends, too: what Parlour adds
// is blocks that are verified by both sides, storage on the disk, and room for the call beside it.

import { readdirSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';

const BLOCK = 1024 * 1024;

/** A file of random bytes. */
export async function randomFile(path, megabytes) {
  const file = await open(path, 'w');
  const block = randomBytes(BLOCK);
  for (let at = 0; at < megabytes; at += 1) {
    block.writeUInt32LE(at);
    await file.write(block);
  }
  await file.close();
  return path;
}

/** Sends it in Parlour. Returns seconds from Accept until it is complete at the receiver. */
export async function sendInParlour(sender, receiver, path) {
  await sender.tab.attach(path);
  await receiver.clicks('Accept');
  const began = performance.now();
  await receiver.tab.run(
    () =>
      new Promise((resolve, reject) => {
        const look = () => {
          const { state } = document.querySelector('.transfer').dataset;
          if (state === 'complete') resolve();
          if (state === 'ended') reject(new Error(document.querySelector('.transfer').innerText));
        };
        new MutationObserver(look).observe(document.querySelector('#chat'), { subtree: true, attributeFilter: ['data-state'] });
        look();
      }),
  );
  const seconds = (performance.now() - began) / 1000;
  await receiver.clicks('Remove from the list');
  await sender.clicks('Remove from the list');
  return seconds;
}

/** Sends it over a data channel between two pages of nothing else. Returns seconds from the first byte until the last one is hashed. */
export async function sendBare(sender, receiver, path) {
  const describe = async (offer) => {
    window.pc = new RTCPeerConnection();
    window.channel = window.pc.createDataChannel('file', { negotiated: true, id: 1 });
    window.channel.binaryType = 'arraybuffer';
    if (offer) await window.pc.setRemoteDescription(offer);
    await window.pc.setLocalDescription();
    while (window.pc.iceGatheringState !== 'complete') {
      await new Promise((resolve) => window.pc.addEventListener('icegatheringstatechange', resolve, { once: true }));
    }
    return window.pc.localDescription.toJSON();
  };
  const offer = await sender.run(describe, null);
  const answer = await receiver.run(describe, offer);
  await sender.run(async (description) => {
    await window.pc.setRemoteDescription(description);
    if (window.channel.readyState !== 'open') await new Promise((resolve) => (window.channel.onopen = resolve));
    document.body.innerHTML = '<input type="file">';
  }, answer);
  await sender.attach(path);
  const arrived = receiver.run(
    (block) =>
      new Promise((resolve) => {
        let held = [];
        let length = 0;
        const hash = () => {
          const bytes = new Blob(held).arrayBuffer();
          [held, length] = [[], 0];
          return bytes.then((all) => crypto.subtle.digest('SHA-256', all));
        };
        window.channel.onmessage = async ({ data }) => {
          if (typeof data === 'string') {
            await hash();
            resolve();
            return;
          }
          held.push(data);
          length += data.byteLength;
          if (length >= block) await hash();
        };
      }),
    BLOCK,
  );
  const began = performance.now();
  await sender.run(async (block) => {
    const { channel } = window;
    channel.bufferedAmountLowThreshold = 256 * 1024;
    const [file] = document.querySelector('input').files;
    for (let from = 0; from < file.size; from += block) {
      const bytes = await file.slice(from, from + block).arrayBuffer();
      await crypto.subtle.digest('SHA-256', bytes);
      for (let at = 0; at < bytes.byteLength; at += 16_384) {
        if (channel.bufferedAmount > 1024 * 1024) await new Promise((resolve) => (channel.onbufferedamountlow = resolve));
        channel.send(bytes.slice(at, at + 16_384));
      }
    }
    channel.send('end');
  }, BLOCK);
  await arrived;
  const seconds = (performance.now() - began) / 1000;
  await Promise.all([sender, receiver].map((tab) => tab.run(() => window.pc.close())));
  return seconds;
}

/** Memory of the processes that have this in their command line, in MiB: what they hold alone, and their part of what they share. */
export function memoryOf(mark) {
  let kib = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(mark)) continue;
      kib += Number(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').match(/^Pss:\s+(\d+)/m)[1]);
    } catch {
      // It has just ended.
    }
  }
  return kib / 1024;
}
