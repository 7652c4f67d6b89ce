// A TURN server of somebody else's: coturn, with a secret that the server shares with it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** The secret of `--turn-secret`. */
export const SECRET = 'the secret of the tests';

/** Starts it on a UDP port of the loopback interface; it ends with this process, or by `stop`. */
export function startCoturn(port) {
  const flags = ['--listening-ip', '127.0.0.1', '--relay-ip', '127.0.0.1', '--listening-port', `${port}`, '--allow-loopback-peers'];
  flags.push('--use-auth-secret', '--static-auth-secret', SECRET, '--realm', 'parlour');
  flags.push('--no-cli', '--no-tls', '--no-dtls', '--log-file', 'stdout', '--pidfile', '/dev/null');
  const child = spawn('turnserver', ['-n', ...flags], { stdio: 'ignore' });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  return {
    async stop() {
      process.off('exit', kill);
      const ended = once(child, 'exit');
      kill();
      await ended;
    },
  };
}
