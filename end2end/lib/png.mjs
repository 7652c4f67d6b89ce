// Smaller PNG files: the best filter for each line, the slowest compression, and, where that is not enough, fewer shades of each colour.
// What is left out of a picture that came as video is mostly the encoder's noise.

import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

/** Differences between two neighbouring shades; the last one is taken however large the file is. */
const STEPS = [1, 2, 3, 4];

/**
 * @param {Buffer} file a PNG of 8-bit RGB, not interlaced: a screenshot of Chromium
 * @param {number} most as many bytes as it should have at most
 * @returns {Buffer} the same picture
 */
export function shrink(file, most) {
  const { header, width, height, pixels } = read(file);
  let made;
  for (const step of STEPS) {
    made = write(header, width, height, pixels.map((value) => Math.min(255, Math.round(value / step) * step)));
    if (made.length <= most) break;
  }
  return made;
}

function read(file) {
  const chunks = [];
  for (let at = SIGNATURE.length; at < file.length; ) {
    const length = file.readUInt32BE(at);
    chunks.push({ type: file.toString('latin1', at + 4, at + 8), data: file.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  const header = chunks.find(({ type }) => type === 'IHDR').data;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  if (header.subarray(8).toString('hex') !== '0802000000') throw new Error('This PNG is not 8-bit RGB without interlacing.');
  const lines = inflateSync(Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data)));
  const row = width * 3;
  const pixels = Buffer.alloc(height * row);
  for (let y = 0; y < height; y += 1) {
    const from = y * (row + 1);
    for (let x = 0; x < row; x += 1) {
      pixels[y * row + x] = lines[from + 1 + x] + predicted(lines[from], pixels, y * row + x, x, y, row);
    }
  }
  return { header, width, height, pixels };
}

function write(header, width, height, pixels) {
  const row = width * 3;
  const lines = Buffer.alloc(height * (row + 1));
  for (let y = 0; y < height; y += 1) {
    let least = Infinity;
    for (let filter = 0; filter < 5; filter += 1) {
      const line = Buffer.alloc(row);
      let sum = 0;
      for (let x = 0; x < row; x += 1) {
        line[x] = pixels[y * row + x] - predicted(filter, pixels, y * row + x, x, y, row);
        sum += Math.min(line[x], 256 - line[x]);
      }
      if (sum >= least) continue;
      least = sum;
      lines[y * (row + 1)] = filter;
      line.copy(lines, y * (row + 1) + 1);
    }
  }
  return Buffer.concat([SIGNATURE, chunk('IHDR', header), chunk('IDAT', deflateSync(lines, { level: 9 })), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** What a filter of PNG (section 9 of the specification) takes a byte for, by those left of it and above it. */
function predicted(filter, pixels, at, x, y, row) {
  if (filter === 0) return 0;
  const left = x >= 3 ? pixels[at - 3] : 0;
  const above = y ? pixels[at - row] : 0;
  if (filter === 1) return left;
  if (filter === 2) return above;
  if (filter === 3) return (left + above) >> 1;
  const corner = x >= 3 && y ? pixels[at - row - 3] : 0;
  const [byLeft, byAbove, byCorner] = [above - corner, left - corner, left + above - 2 * corner].map(Math.abs);
  if (byLeft <= byAbove && byLeft <= byCorner) return left;
  return byAbove <= byCorner ? above : corner;
}
