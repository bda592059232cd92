import { BlockList, isIP } from 'node:net';
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  GeneralName,
  GeneralSubtree,
  GeneralSubtrees,
  id_ce_nameConstraints,
  NameConstraints,
} from '@peculiar/asn1-x509';
import { Extension, type X509Certificate } from '@peculiar/x509';
import type { SubjectName } from './subjectName.ts';

/**
 * The subtrees that an authority may issue for (RFC 5280 section 4.2.1.10): DNS suffixes, and addresses with a
 * prefix length.
 */
export interface PermittedNames {
  dns: readonly string[];
  ip: readonly string[];
}

/** The critical extension for a set of permitted names. An empty list of a type permits none of that type. */
export function nameConstraintsExtension(permitted: PermittedNames): Extension {
  const dns = permitted.dns.map((dNSName) => new GeneralName({ dNSName }));
  const ip = permitted.ip.map((iPAddress) => new GeneralName({ iPAddress }));
  const none = permitted.ip.length === 0 ? ['0.0.0.0/0', '::/0'] : [];
  const subtrees = (names: GeneralName[]) => new GeneralSubtrees(names.map((base) => new GeneralSubtree({ base })));
  const constraints = new NameConstraints({ permittedSubtrees: subtrees([...dns, ...ip]) });
  // A type without a permitted subtree would be free, so all of it is excluded.
  if (none.length > 0) {
    constraints.excludedSubtrees = subtrees(none.map((iPAddress) => new GeneralName({ iPAddress })));
  }
  return new Extension(id_ce_nameConstraints, true, AsnConvert.serialize(constraints));
}

/** What an authority's certificate permits; nothing if it states no constraints. */
function permittedBy(certificate: X509Certificate): PermittedNames {
  const extension = certificate.getExtension(id_ce_nameConstraints);
  if (!extension) return { dns: [], ip: [] };
  const { permittedSubtrees = new GeneralSubtrees() } = AsnConvert.parse(extension.value, NameConstraints);
  const names = Array.from(permittedSubtrees, ({ base }) => base);
  return { dns: names.flatMap((name) => name.dNSName ?? []), ip: names.flatMap((name) => name.iPAddress ?? []) };
}

function isWithin(address: string, subtrees: readonly string[]): boolean {
  const list = new BlockList();
  for (const subtree of subtrees) {
    const [network = '', prefix = ''] = subtree.split('/');
    list.addSubnet(network, Number(prefix), isIP(network) === 6 ? 'ipv6' : 'ipv4');
  }
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** Whether an authority may issue for all of the names. */
export function permits(certificate: X509Certificate, names: readonly SubjectName[]): boolean {
  const permitted = permittedBy(certificate);
  return names.every(({ type, value }) =>
    type === 'ip'
      ? isWithin(value, permitted.ip)
      : permitted.dns.some((suffix) => value === suffix || value.endsWith(`.${suffix}`)),
  );
}
