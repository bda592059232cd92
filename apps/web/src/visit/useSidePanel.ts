'use client';

import { useEffect, useRef, useState } from 'react';

/** What may stand beside the pictures. */
export type SidePanelName = 'people' | 'note' | 'chat' | 'details';

/** The ids of the buttons that open the panels; the one that a panel hides is behind its neighbour. */
export const openers: Readonly<Record<SidePanelName, string>> = {
  people: 'open-people',
  note: 'open-note',
  chat: 'open-chat',
  details: 'open-shield',
};

export interface SidePanelState {
  readonly panel: SidePanelName | null;
  readonly open: (panel: SidePanelName) => void;
  readonly toggle: (panel: SidePanelName) => void;
  readonly close: () => void;
}

/** One panel at a time. When one closes, the focus goes back to what opened it. */
export function useSidePanel(first: () => SidePanelName | null): SidePanelState {
  const [panel, setPanel] = useState(first);
  const before = useRef(panel);
  useEffect(() => {
    const closed = before.current;
    before.current = panel;
    if (panel === null && closed !== null) document.getElementById(openers[closed])?.focus();
  }, [panel]);
  return {
    panel,
    open: setPanel,
    toggle: (one) => setPanel((now) => (now === one ? null : one)),
    close: () => setPanel(null),
  };
}
