'use client';

import { type KeyboardEvent, type PointerEvent, useRef, useState } from 'react';

export type Corner = 'topStart' | 'topEnd' | 'bottomStart' | 'bottomEnd';

const around: readonly Corner[] = ['topEnd', 'bottomEnd', 'bottomStart', 'topStart'];

/** A press that moves less than this is no drag. */
const slackPx = 6;

const cornerOf = (isTop: boolean, isStart: boolean): Corner => {
  if (isTop) return isStart ? 'topStart' : 'topEnd';
  return isStart ? 'bottomStart' : 'bottomEnd';
};

interface Drag {
  readonly pointerId: number;
  readonly x: number;
  readonly y: number;
  isMoving: boolean;
}

/**
 * A thing that lives in a corner of its positioned parent: dragged to one, pressed to the next, sent by arrow keys.
 * `frame` is what moves; the handlers belong to a button that covers it.
 */
export function useCorner() {
  const [corner, setCorner] = useState<Corner>('bottomEnd');
  const drag = useRef<Drag | null>(null);
  const frame = useRef<HTMLDivElement>(null);

  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { pointerId: event.pointerId, x: event.clientX, y: event.clientY, isMoving: false };
  };
  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    const current = drag.current;
    if (current?.pointerId !== event.pointerId) return;
    const [dx, dy] = [event.clientX - current.x, event.clientY - current.y];
    current.isMoving ||= Math.hypot(dx, dy) > slackPx;
    if (current.isMoving && frame.current) frame.current.style.transform = `translate(${dx}px, ${dy}px)`;
  };
  const onPointerUp = () => {
    const current = drag.current;
    const element = frame.current;
    drag.current = null;
    const parent = element?.offsetParent;
    if (!current || !element || !parent) return;
    if (!current.isMoving) {
      setCorner(around[(around.indexOf(corner) + 1) % around.length] ?? corner);
      return;
    }
    const own = element.getBoundingClientRect();
    const field = parent.getBoundingClientRect();
    element.style.transform = '';
    const isTop = own.top + own.height / 2 < field.top + field.height / 2;
    const isLeft = own.left + own.width / 2 < field.left + field.width / 2;
    setCorner(cornerOf(isTop, isLeft === (getComputedStyle(parent).direction === 'ltr')));
  };
  const onPointerCancel = () => {
    drag.current = null;
    if (frame.current) frame.current.style.transform = '';
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const isTop = corner.startsWith('top');
    const isStart = corner.endsWith('Start');
    const isLeftStart = getComputedStyle(event.currentTarget).direction === 'ltr';
    const moves: Record<string, Corner> = {
      ArrowUp: cornerOf(true, isStart),
      ArrowDown: cornerOf(false, isStart),
      ArrowLeft: cornerOf(isTop, isLeftStart),
      ArrowRight: cornerOf(isTop, !isLeftStart),
      Enter: around[(around.indexOf(corner) + 1) % around.length] ?? corner,
    };
    const target = moves[event.key];
    if (!target) return;
    event.preventDefault();
    setCorner(target);
  };

  return { frame, corner, handlers: { onPointerDown, onPointerMove, onPointerUp, onPointerCancel, onKeyDown } };
}
