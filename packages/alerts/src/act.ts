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
  /** Whether the actor's openings were held up when it was looked at. */
  readonly isHeldUp: boolean;
  /** Whether the patient may be related to the actor, as far as anybody can tell. */
  readonly isOwnRelative: boolean;
}

/** What the rules count apart: an emergency is no opening like others, and is told of and reviewed by itself. */
export type ActKind = 'opening' | 'emergency' | 'refusal';

export function kindOf({ outcome, isEmergency }: Pick<Act, 'outcome' | 'isEmergency'>): ActKind {
  if (outcome === 'refused') return 'refusal';
  return isEmergency ? 'emergency' : 'opening';
}

/** By what acts are told apart: the same one, told again, is known. */
export const nameOf = ({ request, patient, outcome }: Act): string => `${outcome} ${request} ${patient ?? ''}`;

/** What is counted: patients, and where it isn't known whose it was, what was asked for. */
export const countedAs = ({ request, patient }: Act): string => patient ?? request;
