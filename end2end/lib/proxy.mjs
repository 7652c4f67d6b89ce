// The way between a page and the server, as something that can break: a TCP proxy on the loopback interface.

import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/**
 * Starts a proxy that leads to the server.
 *
 * @param {{ port: string }} server
 */
export async function startProxy({ port }) {
  const pairs = new Set();
  const unheard = new Set();
  let isCut = false;
  let isDumb = false;
  let keepsSockets = false;

  function pass(client, first) {
    const server = connect(Number(port), '127.0.0.1');
    if (first) server.write(first);
    const pair = [client, server];
    pairs.add(pair);
    for (const [from, to] of [pair, [server, client]]) {
      from.on('error', () => to.destroy());
      from.on('close', () => {
        pairs.delete(pair);
        to.destroy();
      });
      from.pipe(to);
    }
  }

  const proxy = createServer({ pauseOnConnect: true }, (client) => {
    client.on('error', () => client.destroy());
    if (isCut) return client.resetAndDestroy();
    if (isDumb) return unheard.add(client);
    if (!keepsSockets) return pass(client);
    client.once('data', (first) => {
      client.pause();
      if (/^GET \/ws /.test(first)) unheard.add(client);
      else pass(client, first);
    });
    client.resume();
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');

  return {
    url: `http://127.0.0.1:${proxy.address().port}`,

    /** Cuts every connection and lets no other one through. */
    cut() {
      isCut = true;
      for (const [client] of pairs) client.resetAndDestroy();
    },

    /** Cuts every connection, accepts every other one and says nothing on it. */
    hang() {
      isDumb = true;
      for (const [client] of pairs) client.resetAndDestroy();
    },

    /** Passes everything but new WebSockets: it accepts them and says nothing. */
    keepSockets() {
      keepsSockets = true;
    },

    /** How many connections it has accepted without a word. */
    unheard: () => unheard.size,

    /** Lets connections through again. Those on which nothing was said stay as they are. */
    mend() {
      isCut = false;
      isDumb = false;
      keepsSockets = false;
    },

    /** Passes nothing any more on the connections that are there, and closes none of them. New ones go through. */
    stall() {
      for (const [client, server] of pairs) {
        client.unpipe(server).pause();
        server.unpipe(client).pause();
      }
    },

    async close() {
      proxy.close();
      for (const client of unheard) client.destroy();
      for (const [client, server] of pairs) {
        client.destroy();
        server.destroy();
      }
    },
  };
}
