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
  let isCut = false;

  const proxy = createServer({ pauseOnConnect: true }, (client) => {
    client.on('error', () => client.destroy());
    if (isCut) return client.resetAndDestroy();
    const server = connect(Number(port), '127.0.0.1');
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

    /** Lets connections through again. */
    mend() {
      isCut = false;
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
      for (const [client, server] of pairs) {
        client.destroy();
        server.destroy();
      }
    },
  };
}
