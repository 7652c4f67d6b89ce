// What stands in front of the server: nginx, Caddy or HAProxy, with the project's own files of deploy/. Only what depends on the
// machine is changed in them: ports, the paths of the certificate and of logs.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as overTls } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from './ports.mjs';
import { until } from './until.mjs';

/** The name that stands in the files. */
export const NAME = 'calls.example.org';

const file = (name) => readFileSync(fileURLToPath(new URL(`../../deploy/${name}`, import.meta.url)), 'utf8');

/** Why this program cannot be run here, or nothing. */
export function missing(program, ...args) {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
  } catch (error) {
    if (error.code === 'ENOENT') return `${program} is not installed (apt-get install ${program})`;
    throw error;
  }
}

/** Replaces what must be there: a file that was changed must not leave a test that tests something else. */
function adapt(text, ...changes) {
  for (const [from, to] of changes) {
    if (!text.includes(from)) throw new Error(`deploy/ has no "${from}" any more: adapt end2end/lib/front.mjs.`);
    text = text.replaceAll(from, to);
  }
  return text;
}

/** nginx with deploy/nginx.conf, in a folder of its own. */
export async function startNginx(settings) {
  return start(settings, async (folder, { port, plain, to }) => {
    const certificate = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')];
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', ...certificate, '-subj', `/CN=${NAME}`, '-addext', `subjectAltName=DNS:${NAME}`],
      { stdio: 'ignore' },
    );
    const site = adapt(
      file('nginx.conf'),
      ['server 127.0.0.1:3000;', `server 127.0.0.1:${to};`],
      ['listen [::]:80;', ''],
      ['listen [::]:443 ssl http2;', ''],
      ['listen 80;', `listen 127.0.0.1:${plain};`],
      ['listen 443 ssl http2;', `listen 127.0.0.1:${port} ssl http2;`],
      [`/etc/letsencrypt/live/${NAME}/fullchain.pem`, join(folder, 'cert.pem')],
      [`/etc/letsencrypt/live/${NAME}/privkey.pem`, join(folder, 'key.pem')],
      ['/var/log/nginx/parlour.error.log', join(folder, 'parlour.error.log')],
    );
    await writeFile(join(folder, 'site.conf'), site);
    // Around it what every distribution's nginx.conf has. Its temporary files stay in the folder, too.
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder};`);
    const frame = [
      'daemon off; master_process off; worker_processes 1;',
      `pid ${join(folder, 'pid')}; error_log stderr notice;`,
      'events { worker_connections 256; }',
      `http { ${temporary.join(' ')} access_log ${join(folder, 'access.log')}; include ${join(folder, 'site.conf')}; }`,
    ];
    await writeFile(join(folder, 'nginx.conf'), frame.join('\n'));
    return { program: 'nginx', args: ['-p', folder, '-e', 'stderr', '-c', join(folder, 'nginx.conf')], end: 'SIGQUIT' };
  });
}

/** Caddy with deploy/Caddyfile, and certificates that it issues itself. */
export async function startCaddy(settings) {
  return start(settings, async (folder, { port, plain, to }) => {
    const site = adapt(
      file('Caddyfile'),
      ['reverse_proxy 127.0.0.1:3000', `reverse_proxy 127.0.0.1:${to}`],
      [`\n${NAME} {`, `\n${NAME} {\n\tbind 127.0.0.1\n\ttls internal`],
    );
    const global = [
      'admin off',
      'skip_install_trust',
      `http_port ${plain}`,
      `https_port ${port}`,
      `storage file_system ${join(folder, 'storage')}`,
    ];
    await writeFile(join(folder, 'Caddyfile'), `{\n\t${global.join('\n\t')}\n}\n${site}`);
    const args = ['run', '--adapter', 'caddyfile', '--config', join(folder, 'Caddyfile')];
    return { program: 'caddy', args, end: 'SIGTERM', environment: { HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder } };
  });
}

/** HAProxy with deploy/haproxy.cfg. It is there before the server: that is asked through it whether it is well. */
export async function startHaproxy({ port, to, plainTo }) {
  const isUp = () =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.on('error', () => resolve(false)).on('connect', () => socket.destroy());
    });
  return start({ port, to, isUp }, async (folder, { plain }) => {
    const settings = adapt(
      file('haproxy.cfg'),
      ['maxconn 20000', 'maxconn 1000'],
      ['bind :::443 v4v6', `bind 127.0.0.1:${port}`],
      ['bind :::80 v4v6', `bind 127.0.0.1:${plain}`],
      ['127.0.0.1:8443 send-proxy-v2', `127.0.0.1:${to} send-proxy-v2`],
      ['127.0.0.1:8080 send-proxy-v2', `127.0.0.1:${plainTo} send-proxy-v2`],
    );
    await writeFile(join(folder, 'haproxy.cfg'), settings);
    return { program: 'haproxy', args: ['-db', '-f', join(folder, 'haproxy.cfg')], end: 'SIGTERM' };
  });
}

/**
 * @param {{ port: number, to: string, isUp?: () => Promise<boolean> }} settings the port for https, that of the server behind it, and how
 *   it shows that it is there, if not by passing a request on
 * @param {Function} prepare writes its files; says what to run
 */
async function start({ port, to, isUp = async () => (await ask(port, '/healthz')).status === 200 }, prepare) {
  const folder = await mkdtemp(join(tmpdir(), 'parlour-front-'));
  const [plain] = await freePorts(1);
  let child;
  let output = '';
  const stop = async (signal) => {
    if (child && child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill(signal);
      // WebSockets that are still open would keep it.
      const late = setTimeout(() => child.kill('SIGKILL'), 2_000);
      await exited;
      clearTimeout(late);
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const { program, args, end, environment } = await prepare(folder, { port, plain, to });
    child = spawn(program, args, { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
    child.once('error', (error) => (output += error.message));
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    await until(
      async () => {
        if (child.exitCode !== null) throw new Error(`it ended with exit code ${child.exitCode}`);
        return isUp();
      },
      () => `${program} never came up. It said:\n${output}`,
    );
    return { url: `https://${NAME}:${port}`, port, plain, folder, output: () => output, stop: () => stop(end) };
  } catch (error) {
    await stop('SIGKILL');
    throw error;
  }
}

/**
 * Asks the TLS server on this port of the loopback interface for the page of NAME.
 *
 * @returns {Promise<{ status: number, headers: object, body: string }>}
 */
export function ask(port, path, headers = {}) {
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port,
      path,
      servername: NAME,
      headers: { host: `${NAME}:${port}`, ...headers },
      // The certificates are made for this test and known to nobody.
      rejectUnauthorized: false,
      agent: false,
    };
    const asked = overTls(options, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }));
    });
    asked.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: response.statusCode, headers: response.headers, body: '' });
    });
    asked.on('error', reject);
    asked.end();
  });
}
