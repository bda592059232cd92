/** Something that somebody did with what is sealed, or tried to, as a log has it. By pseudonyms alone. */
export interface Act {
  readonly actor: string;
  /** What was asked together: of one patient it counts once, however many objects of theirs it names. */
  readonly request: string;
  /** Null where it isn't known whose it was. */
  readonly patient: string | null;
  readonly at: Date;
  /** IPv4 or IPv6, as text; null where nobody says. */
  readonly address: string | null;
  readonly outcome: 'allowed' | 'refused';
  readonly isEmergency: boolean;
  /** Whether the patient had a visit with the actor that went on then. */
  readonly isOwnVisit: boolean;
}

/** What an act counts as: repeated, it is the same. */
export const countedAs = ({ request, patient }: Act): string => `${request} ${patient ?? ''}`;
