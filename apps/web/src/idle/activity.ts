const events = ['pointerdown', 'pointermove', 'keydown', 'wheel'] as const;

/** Browsers also tell of a pointer that lies still, when something moves under it. */
const isStill = (event: Event): boolean =>
  event.type === 'pointermove' && event instanceof PointerEvent && event.movementX === 0 && event.movementY === 0;

/** Calls back whenever a person does something in this page; scripts don't count. @returns stops it */
export function onActivity(touch: () => void): () => void {
  const hear = (event: Event) => {
    if (event.isTrusted && !isStill(event)) touch();
  };
  for (const name of events) window.addEventListener(name, hear, { capture: true, passive: true });
  return () => {
    for (const name of events) window.removeEventListener(name, hear, { capture: true });
  };
}
