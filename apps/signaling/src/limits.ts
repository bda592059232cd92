/**
 * The numbers that bound a visit and its clients. Rates fit a visit of twenty people behind one address, who all join
 * at once: each then asks for about 19 consumers, resumes them and picks their layers within seconds.
 */
export interface Limits {
  /** How long a person whose connection broke keeps their place, ms. */
  readonly awayMs: number;
  /** How long a host waits to be added by a member before it may open the next group, ms. */
  readonly joinPatienceMs: number;
  /** A visit ends by itself after this time, ms: the credentials in its group have expired by then. */
  readonly visitLifetimeMs: number;
  /** A visit without anybody connected is forgotten after this time, ms. */
  readonly emptyVisitMs: number;
  /** A connection that doesn't enter within this time is closed, ms. */
  readonly enterMs: number;
  readonly visits: number;
  readonly participantsPerVisit: number;
  readonly connections: number;
  /** Events from one connection, and from one address, within ten seconds. */
  readonly eventsPerConnection: number;
  readonly eventsPerAddress: number;
  /** Connections from one address within a minute. */
  readonly connectionsPerAddress: number;
  /** Refused events within a minute until a connection is closed. */
  readonly offencesPerConnection: number;
  /** Refused events within ten minutes until an address is shut out for a minute. */
  readonly offencesPerAddress: number;
  /** How long the SFU may take for one command, ms. */
  readonly commandTimeoutMs: number;
}

export const defaultLimits: Limits = {
  awayMs: 30_000,
  joinPatienceMs: 5_000,
  visitLifetimeMs: 12 * 3600_000,
  emptyVisitMs: 30 * 60_000,
  enterMs: 15_000,
  visits: 10_000,
  participantsPerVisit: 64,
  connections: 20_000,
  eventsPerConnection: 400,
  eventsPerAddress: 8_000,
  connectionsPerAddress: 300,
  offencesPerConnection: 40,
  offencesPerAddress: 2_000,
  commandTimeoutMs: 5_000,
};
