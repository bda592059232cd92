const events = ['pointerdown', 'pointermove', 'keydown', 'wheel'] as const;

/** Browsers also tell of a pointer that lies still, when something moves under it. */
const isStill = (event: Event): boolean =>
  event.type === 'pointermove' && event instanceof PointerEvent && event.movementX === 0 && event.movementY === 0;

const watching = 'sotto-watching';

/** Counts as something that a person does: what plays before their eyes goes on. */
export const tellWatching = (): void => void window.dispatchEvent(new Event(watching));

/** Calls back whenever a person does something in this page; scripts don't count, but for `tellWatching`. @returns stops it */
export function onActivity(touch: () => void): () => void {
  const hear = (event: Event) => {
    if (event.isTrusted && !isStill(event)) touch();
  };
  for (const name of events) window.addEventListener(name, hear, { capture: true, passive: true });
  window.addEventListener(watching, touch);
  return () => {
    window.removeEventListener(watching, touch);
    for (const name of events) window.removeEventListener(name, hear, { capture: true });
  };
}
