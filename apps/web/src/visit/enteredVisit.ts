import { type VisitId, visitId } from '@sotto/protocol/ids';

const key = 'sotto.entered.v1';

/** Whether this tab had already entered this visit: a reload then goes straight back into it. */
export function hadEntered(visit: VisitId): boolean {
  try {
    return visitId.safeParse(sessionStorage.getItem(key)).data === visit;
  } catch {
    return false;
  }
}

/** Null forgets: the visit was left or is over. */
export function rememberEntered(visit: VisitId | null): void {
  try {
    if (visit === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, visit);
  } catch {
    // Without storage a reload asks again who one is, and no more.
  }
}
