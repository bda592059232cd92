/** A day and an hour as the clinic's clock shows them. */
export interface ClinicHour {
  /** `YYYY-MM-DD` */
  readonly day: string;
  /** 0 to 23 */
  readonly hour: number;
}

/** @param timeZone an IANA name @throws RangeError for an unknown one */
export function createClinicHours(timeZone: string): (at: Date) => ClinicHour {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    hourCycle: 'h23',
  });
  return (at) => {
    const parts = format.formatToParts(at);
    const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '';
    return { day: `${part('year')}-${part('month')}-${part('day')}`, hour: Number(part('hour')) };
  };
}
