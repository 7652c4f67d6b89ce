// How the crowd's rows are judged, without a crowd.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rowsOf, table } from '../lib/crowd-rows.mjs';
import { summary } from '../lib/crowd-scene.mjs';

/** What one scene found, with nothing wrong. */
const found = (scene, system, { frames = 20, met = 1, cores = 0.5, ...rest } = {}) => ({
  scene,
  system,
  met,
  frames: { mean: frames, slowest: frames },
  cores: { all: cores, renderers: cores / 2, gpu: cores / 4 },
  concealed: { call: 0, window: 0 },
  asShown: 1,
  ...rest,
});
const verdicts = (...results) => Object.fromEntries(rowsOf(results).map(({ what, verdict }) => [what, verdict]));
const FRAMES = '4 people: frames a second for each pair';
const MET = '4 people: everyone sees everyone after the last one opened the page';

test('frames need not be more than smooth, however many the reference has', () => {
  assert.equal(verdicts(found('4', 'parlour', { frames: 19.2 }), found('4', 'reference', { frames: 20 }))[FRAMES], 'reached');
  assert.equal(verdicts(found('4', 'parlour', { frames: 18.9 }), found('4', 'reference', { frames: 20 }))[FRAMES], 'missed');
  assert.equal(verdicts(found('4', 'parlour', { frames: 11 }), found('4', 'reference', { frames: 9.9 }))[FRAMES], 'reached');
});

test('who never saw everyone misses the row, and any time is less than never', () => {
  assert.equal(verdicts(found('4', 'parlour', { met: null }), found('4', 'reference', { met: 30 }))[MET], 'missed');
  assert.equal(verdicts(found('4', 'parlour', { met: 30 }), found('4', 'reference', { met: null }))[MET], 'reached');
  assert.equal(verdicts(found('5', 'parlour', { met: null }))['5 people: everyone sees everyone after the last one opened the page'], 'missed');
});

test('a row that needs the reference is not judged without it', () => {
  assert.equal(verdicts(found('4', 'parlour'))[FRAMES], 'not measured');
});

test('a scene that failed misses its rows, and runs that went well say how much it was', () => {
  const rows = rowsOf([found('8', 'parlour', { frames: 5 }), { scene: '8', system: 'parlour', failed: 'the browser is gone' }]);
  const frames = rows.find(({ what }) => what === '8 people: frames a second for each pair');
  assert.deepEqual([frames.ours, frames.verdict], [5, 'missed']);
});

test('medians of several runs count', () => {
  const rows = rowsOf([found('2', 'parlour', { cores: 1 }), found('2', 'parlour', { cores: 9 }), found('2', 'parlour', { cores: 1.1 })]);
  assert.deepEqual([rows[0].ours, rows[0].verdict], [1.1, 'reached']);
});

test('any other number of people is told and not judged', () => {
  assert.deepEqual([...new Set(Object.values(verdicts(found('6', 'parlour'), found('6', 'reference'))))], ['']);
});

test('the table has the columns of the other rows, and one for the build before', () => {
  const rows = rowsOf([found('4', 'parlour', { met: null }), found('4', 'before', { met: 13.2 }), found('4', 'reference', { met: 2.7 })]);
  const line = table(rows, { before: 'before' }).split('\n').find((one) => one.includes(MET));
  assert.equal(line, `| ${MET} | never | 13.2 s | 2.7 s (reference) | – | at most 2.7 s (the reference's) | **missed** |`);
});

/** What a page reads of one other person. */
const pair = (id, frames, rest) => ({ id, frames, width: 320, height: 180, shown: 180, samples: 48_000, concealed: 0, encoded: frames, encodeTime: 0, decodeTime: 0, sent: 0, ...rest });

test('a pair that is missing shows no frames, and a connection that is new began at none', () => {
  const before = [{ at: 0, ever: 1, pairs: [pair(0, 100)] }, { at: 0, ever: 1, pairs: [pair(0, 100)] }];
  const after = [{ at: 10_000, ever: 2, pairs: [pair(1, 50)] }, { at: 10_000, ever: 1, pairs: [] }];
  const { frames, asShown, replaced } = summary(before, after);
  assert.deepEqual([frames, asShown, replaced], [{ mean: 2.5, slowest: 0 }, 0.5, 1]);
});

test('audio concealed is told of the whole call and of the window', () => {
  const at = (seconds, samples, concealed) => [0, 1].map(() => ({ at: seconds * 1_000, ever: 1, pairs: [pair(0, 0, { samples, concealed })] }));
  const { concealed } = summary(at(0, 1_000, 500), at(10, 2_000, 600));
  assert.deepEqual(concealed, { call: 0.3, window: 0.1 });
});
