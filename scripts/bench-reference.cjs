// Loaded before the reference's server (node --require): lets its PeerServer take as many participants as the benchmark
// needs, instead of the 5,000 that are its default. Nothing else about it is changed.
const { createRequire } = require('node:module');

const theirs = createRequire(`${process.cwd()}/server.js`);
const peer = theirs('peer');
const path = theirs.resolve('peer');
require.cache[path].exports = {
  ...peer,
  PeerServer: (options, callback) => peer.PeerServer({ ...options, concurrent_limit: 50_000 }, callback),
};
