import type { PatientId } from '@sotto/protocol/ids';

/** When, from where and why something is asked. */
export interface Circumstances {
  readonly now: Date;
  /**
   * IPv4 or IPv6, as text; an IPv4-mapped IPv6 address counts as the IPv4 one. Without it a role that is bound to a network
   * doesn't count.
   */
  readonly address?: string;
  /** HL7 v3 PurposeOfUse. */
  readonly purpose: string;
  /** Whether a passkey signed this very request. */
  readonly passkey: boolean;
  /** Whether a passkey began the session. */
  readonly passkeySession: boolean;
  /** Whether a passkey was shown in the session within the last five minutes; false where nobody says. */
  readonly passkeyJustShown?: boolean;
  /** An emergency that was declared for one patient: it lasts 60 minutes. */
  readonly breakGlass?: { readonly patient: PatientId; readonly since: Date };
  /** Whether a request that is passed on to the keystore says of itself that it is for an emergency; false where nobody says. */
  readonly declaresEmergency?: boolean;
}

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const mapped = /^::ffff:(?=\d+\.)/i;

/** @throws TypeError for what is no address: who can't say where from is refused */
function plainAddress(address: string): string {
  const plain = address.replace(mapped, '').replace(/%.*$/, '');
  const hexadecimal = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(plain);
  if (hexadecimal) {
    const [high, low] = hexadecimal.slice(1).map((part) => Number.parseInt(part, 16));
    return [(high ?? 0) >> 8, (high ?? 0) & 255, (low ?? 0) >> 8, (low ?? 0) & 255].join('.');
  }
  // Cedar refuses what is no address; a range would be one to it.
  if (!/^[\d.a-f:]+$/i.test(plain)) throw new TypeError('not a network address');
  return plain;
}

/** What the clinic's clock shows, whatever the server's own zone. @throws RangeError for what is no time */
export type ClinicClock = (now: Date) => { minuteOfDay: number; weekday: number; yesterday: number };

/** @param timeZone an IANA name @throws RangeError for an unknown one */
export function createClinicClock(timeZone: string): ClinicClock {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return (now) => {
    const parts = format.formatToParts(now);
    const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '';
    const day = weekdays.indexOf(part('weekday'));
    return {
      minuteOfDay: Number(part('hour')) * 60 + Number(part('minute')),
      weekday: day + 1,
      yesterday: ((day + 6) % 7) + 1,
    };
  };
}

const datetime = (at: Date) => ({ __extn: { fn: 'datetime', arg: at.toISOString() } });
const network = (range: string) => ({ __extn: { fn: 'ip', arg: range } });

/** As the schema's `Circumstances`. @throws TypeError or RangeError for what can't be said in it */
export function contextOf({ breakGlass, ...circumstances }: Circumstances, clock: ClinicClock) {
  const patient = (id: PatientId) => ({ __entity: entityUid('Patient', id) });
  return {
    ...clock(circumstances.now),
    now: datetime(circumstances.now),
    ...(circumstances.address === undefined ? {} : { address: network(plainAddress(circumstances.address)) }),
    purpose: circumstances.purpose,
    passkey: circumstances.passkey,
    passkeySession: circumstances.passkeySession,
    passkeyJustShown: circumstances.passkeyJustShown ?? false,
    declaresEmergency: circumstances.declaresEmergency ?? false,
    ...(breakGlass ? { breakGlass: { patient: patient(breakGlass.patient), since: datetime(breakGlass.since) } } : {}),
  };
}

/** @param type without the namespace */
export const entityUid = (type: string, id: string) => ({ type: `Sotto::${type}`, id });

export { datetime, network };
