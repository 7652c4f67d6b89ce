// A certificate for the tests, made by openssl.

import { execFileSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Makes a certificate that nobody trusts but browsers that are told its key (`spki`, SHA-256 in base64).
 *
 * @param {string} folder where its two files come to lie
 * @param {string[]} names host names and addresses
 */
export function makeCertificate(folder, names) {
  const [certificate, key] = ['certificate.pem', 'key.pem'].map((file) => join(folder, file));
  const alternatives = names.map((name) => (/^[\d.]+$|:/.test(name) ? `IP:${name}` : `DNS:${name}`)).join(',');
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
      ...['-subj', '/CN=Parlour tests', '-addext', `subjectAltName=${alternatives}`, '-out', certificate, '-keyout', key],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const der = new X509Certificate(readFileSync(certificate)).publicKey.export({ type: 'spki', format: 'der' });
  return { certificate, key, spki: createHash('sha256').update(der).digest('base64') };
}
