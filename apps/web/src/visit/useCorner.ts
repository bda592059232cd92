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

/** A thing that lives in a corner of its parent: dragged to one, pressed to the next, sent by arrow keys. */
export function useCorner() {
  const [corner, setCorner] = useState<Corner>('bottomEnd');
  const drag = useRef<Drag | null>(null);

  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { pointerId: event.pointerId, x: event.clientX, y: event.clientY, isMoving: false };
  };
  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    const current = drag.current;
    if (current?.pointerId !== event.pointerId) return;
    const [dx, dy] = [event.clientX - current.x, event.clientY - current.y];
    current.isMoving ||= Math.hypot(dx, dy) > slackPx;
    if (current.isMoving) event.currentTarget.style.transform = `translate(${dx}px, ${dy}px)`;
  };
  const onPointerUp = (event: PointerEvent<HTMLElement>) => {
    const element = event.currentTarget;
    const current = drag.current;
    drag.current = null;
    const parent = element.offsetParent;
    if (!current || !parent) return;
    if (!current.isMoving) {
      setCorner(around[(around.indexOf(corner) + 1) % around.length] ?? corner);
      return;
    }
    const own = element.getBoundingClientRect();
    const frame = parent.getBoundingClientRect();
    element.style.transform = '';
    const isTop = own.top + own.height / 2 < frame.top + frame.height / 2;
    const isLeft = own.left + own.width / 2 < frame.left + frame.width / 2;
    setCorner(cornerOf(isTop, isLeft === (getComputedStyle(parent).direction === 'ltr')));
  };
  const onPointerCancel = (event: PointerEvent<HTMLElement>) => {
    drag.current = null;
    event.currentTarget.style.transform = '';
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

  return { corner, handlers: { onPointerDown, onPointerMove, onPointerUp, onPointerCancel, onKeyDown } };
}
