// Ports of the loopback interface that nobody listens on.

import { createServer } from 'node:net';
import { once } from 'node:events';

/** Ports of the loopback interface that nobody uses. */
export async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

/** One of them. */
export async function freePort() {
  const [port] = await freePorts(1);
  return port;
}
