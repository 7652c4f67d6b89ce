// A server as it stands in most clouds: its interface has a private address, and a 1:1 NAT leads a public one to it.

import { HOME, laboratory, meet, reflexive, relayed, SYMMETRIC } from './laboratory.mjs';

laboratory({ translated: true }, ({ internet, row }) => {
  row('a server behind a 1:1 NAT brings two homes together directly', async ({ settle, note }) => {
    const people = await Promise.all(['Ada', 'Ben'].map((name) => settle(name, internet.router(HOME).host())));
    await meet(people, [reflexive, reflexive], note);
  });

  // Both have their address on the relay, and their packets go from one of its ports to another without leaving it: the router does
  // not bring back what the server sends to its own public address.
  row('a server behind a 1:1 NAT relays between two symmetric NATs', async ({ settle, note }) => {
    const people = await Promise.all(['Ada', 'Ben'].map((name) => settle(name, internet.router(SYMMETRIC).host())));
    await meet(people, [relayed('udp'), relayed('udp')], note);
  });
});
