import { type PlatformAction, platformActions } from '@sotto/protocol/platformLog';

/** How messages spell an action: a colon would be a path there. */
type Spelled<Action extends string> = Action extends `${infer Noun}:${infer Rest}`
  ? `${Noun}_${Spelled<Rest>}`
  : Action;
export type PlatformWords = Spelled<PlatformAction>;

/** Words of an action of the platform's log; null for the access log's, and for one that only its code can name. */
export const platformWords = (action: string): PlatformWords | null => {
  const known = platformActions.find((one) => one === action);
  return known === undefined ? null : (known.replaceAll(':', '_') as PlatformWords);
};

/** Whether an entry is of the platform's log: the access log spells its actions with a point. */
export const isOfPlatform = (action: string): boolean => action.includes(':');
