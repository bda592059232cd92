import type { StaffId } from '@sotto/protocol/ids';

const keyOf = (staff: StaffId) => `sotto.notices.v1.${staff}`;

/** The last notice that this officer has put aside in this browser; 0 for none. */
export function lastSeenNotice(staff: StaffId): number {
  try {
    const seen = Number(window.localStorage.getItem(keyOf(staff)) ?? '0');
    return Number.isSafeInteger(seen) && seen > 0 ? seen : 0;
  } catch {
    return 0;
  }
}

/** Without storage they are shown again, which is the safe side. */
export function rememberNotice(staff: StaffId, id: number): void {
  try {
    window.localStorage.setItem(keyOf(staff), String(id));
  } catch {
    return;
  }
}
