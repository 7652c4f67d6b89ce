// How many bytes a page takes on the wire, for a browser that takes brotli: the page itself, and every file that it
// names.

import { get } from 'node:http';

/** What is fetched by the page itself; links of <a> and forms are somewhere to go and not fetched. */
const FETCHED = [
  /<link\b[^>]*?\bhref="([^"]+)"/g,
  /<(?:script|img|source|video)\b[^>]*?\b(?:src|poster)="([^"]+)"/g,
  // The boot script imports the module and names the wasm.
  /["'`(](\/[^"'`()\s<>]+\.(?:js|wasm|css))["'`)]/g,
];

const LEADS_FURTHER = {
  js: [/\b(?:from|import)\s*\(?\s*["'](\.{0,2}\/[^"']+\.js)["']/g],
  css: [/url\(["']?([^"')]+)["']?\)/g, /@import\s+["']([^"']+)["']/g],
};

/** What only a call needs, and the lobby fetches when it stands. */
const CALL_PART = /_call\.[0-9a-f]+\.wasm$/;

/** Bytes of wasm, js and css of a room page: before its lobby works, and for the call. */
export async function roomPage(address) {
  const files = await load(address);
  const code = files.filter(({ kind }) => ['wasm', 'js', 'css'].includes(kind));
  for (const kind of ['wasm', 'js', 'css']) {
    if (!code.some((file) => file.kind === kind)) throw new Error(`The room page at ${address} names no ${kind} file.`);
  }
  const raw = code.filter(({ encoding }) => encoding !== 'br').map(({ url }) => url);
  if (raw.length > 0) throw new Error(`Not sent in brotli: ${raw.join(', ')}`);
  const ofCall = code.filter(({ url }) => CALL_PART.test(url));
  return { room: total(code) - total(ofCall), callPart: total(ofCall) };
}

/** Bytes of everything of the home page. */
export async function homePage(address) {
  const files = await load(`${address}/`);
  return { home: total(files), homeWasm: total(files.filter(({ kind }) => kind === 'wasm')) };
}

const total = (files) => files.reduce((sum, { bytes }) => sum + bytes, 0);

/** The page and all files that it fetches, each once. */
async function load(address) {
  const files = new Map();
  const waiting = [new URL(address)];
  while (waiting.length > 0) {
    const url = waiting.shift();
    url.hash = '';
    if (files.has(url.href) || url.protocol !== 'http:') continue;
    const file = await fetchBrotli(url);
    files.set(url.href, file);
    const patterns = file.kind === 'html' ? FETCHED : (LEADS_FURTHER[file.kind] ?? []);
    if (patterns.length === 0) continue;
    const { text } = await fetchPlain(url);
    for (const pattern of patterns) {
      for (const [, reference] of text.matchAll(pattern)) waiting.push(new URL(reference, url));
    }
  }
  return [...files.values()];
}

async function fetchBrotli(url) {
  const { bytes, headers } = await request(url, { 'accept-encoding': 'br' });
  const kind = [['text/html', 'html'], ['javascript', 'js'], ['wasm', 'wasm'], ['text/css', 'css']].find(([type]) =>
    headers['content-type']?.includes(type),
  )?.[1];
  return { url: url.pathname, kind: kind ?? 'other', bytes: bytes.length, encoding: headers['content-encoding'] };
}

async function fetchPlain(url) {
  const { bytes } = await request(url, { 'accept-encoding': 'identity' });
  return { text: bytes.toString('utf8') };
}

/** As it comes off the wire: node's `http` does not decompress. */
function request(url, headers) {
  return new Promise((resolve, reject) => {
    get(url, { headers }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode !== 200) return reject(new Error(`${url} answers ${response.statusCode}`));
        return resolve({ bytes: Buffer.concat(chunks), headers: response.headers });
      });
    }).on('error', reject);
  });
}
