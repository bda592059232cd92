import type { DemoClinic } from './clinicDatabase.ts';

/** What a running system tells of itself. */
export interface Ready {
  /** Canonical `https://` origin of the client and the API. */
  web: string;
  /** Canonical `https://` origin of signaling. */
  signaling: string;
  /** Absolute path of the authority's certificate, PEM. */
  ca: string;
  demo: DemoClinic;
  /** Folder with the shares of the keystore's recovery key, as long as nobody has taken them away. */
  recoveryShares: string | undefined;
}

/** The one line that `--json` prints. */
export function readyJson(ready: Ready): string {
  const { web, signaling, ca, demo } = ready;
  return `${JSON.stringify({ ready: true, web, signaling, ca, demo })}\n`;
}

/**
 * Where to go, for a person.
 *
 * @param trust whether browsers here still warn, and what other machines need
 */
export function readyText(ready: Ready, trust: { isNeeded: boolean; isShared: boolean }): string {
  const { web, ca, demo, recoveryShares } = ready;
  const { physician, colleague, officers, admin } = demo;
  const spell = ({ name, email }: { name: string; email: string }) => `${name}, ${email}`;
  const lines = [
    '',
    'Sotto is ready.',
    '',
    `  Physician          ${web}`,
    `                     ${spell(physician)}`,
    `                     password ${physician.password}, as for everybody here`,
    `  Another physician  ${spell(colleague)}`,
    ...officers.map(
      (officer, index) => `  ${index === 0 ? 'Privacy officers ' : '                 '}  ${spell(officer)}`,
    ),
    `  Administrator      ${spell(admin)}`,
    '',
    `  Patient            ${demo.patientLink}`,
    ...(demo.patientBirthDate === null ? [] : [`                     born on ${demo.patientBirthDate}`]),
    '',
    `  The first two privacy officers make a passkey under ${web}/en/passkeys`,
    '  and are let in here: npm run keystore -- officers',
    '',
  ];
  if (trust.isNeeded) {
    lines.push('  Browsers on this machine will warn of the certificate. To make them trust it: npm run trust', '');
  }
  if (trust.isShared) {
    lines.push(`  Other machines must trust this authority first: copy it there and install it: ${ca}`, '');
  }
  if (recoveryShares !== undefined) {
    lines.push(
      '  Before real use: the recovery key of the patients’ keys lies here in five shares, three of which open it.',
      `  Give each to another person and delete the folder: ${recoveryShares}`,
      '',
    );
  }
  lines.push('  Ctrl-C stops everything.', '');
  return lines.join('\n');
}
