import { expect, test } from '@playwright/test';
import { reasonOf } from './finding.ts';
import { readSslscan, readTestssl, readWapiti } from './scanners.ts';

const sslscan = (protocol: string, cipher: string) => `
TLSv1.2   ${protocol}
TLSv1.3   enabled
Preferred TLSv1.3  256 bits  TLS_AES_256_GCM_SHA384        Curve 25519 DHE 253
${cipher}
TLSv1.3 not vulnerable to heartbleed`;

test('what a scanner says is found, and what it calls information is not', () => {
  expect(readSslscan(sslscan('disabled', ''), 'web')).toEqual([]);
  const weak = readSslscan(sslscan('enabled', 'Accepted  TLSv1.2  112 bits  DES-CBC3-SHA'), 'web');
  expect(weak.map(({ id }) => id)).toEqual(['protocol', 'cipher']);
  expect(() => readSslscan('ERROR: Could not open a connection', 'web')).toThrow('no protocol');

  const line = (id: string, severity: string) => ({ id, severity, finding: 'x', ip: 'localhost/127.0.0.1', port: '1' });
  const report = JSON.stringify([line('TLS1_3', 'OK'), line('cert_chain', 'INFO'), line('BREACH', 'MEDIUM')]);
  expect(readTestssl(report, 'web').map(({ id }) => id)).toEqual(['BREACH']);

  const flaw = (path: string) => ({ info: 'SQL Injection via injection in the parameter from', path, level: 3 });
  const flaws = readWapiti(
    JSON.stringify({ vulnerabilities: { 'SQL Injection': [flaw('/a'), flaw('/b')] }, anomalies: {} }),
    'web',
  );
  expect(flaws).toMatchObject([{ severity: 'level 3', words: '2 addresses, such as /a' }]);
  for (const one of [...weak, ...flaws]) expect(reasonOf(one)).toBeNull();
  expect(reasonOf({ ...weak[0], scanner: 'x', of: 'web', severity: 'LOW', words: '', id: 'constructor' })).toBeNull();
});
