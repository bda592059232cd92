/** How the tiles of several people share the stage, in CSS pixels. */
export interface TileLayout {
  readonly width: number;
  readonly height: number;
}

/** Between tiles, and around them. */
export const tileGap = 8;
/** Below this nobody is recognised, and the words on a tile don't fit: then the stage scrolls. */
const smallest = { width: 150, height: 104 } as const;
/** Between these a picture that fills its tile loses little at its edges. */
const tallest = 9 / 10;
const widest = 16 / 9;

/** How much of a tile shows a person, in square pixels. */
const shownIn = (width: number, height: number): number =>
  Math.min(width, height * widest) * Math.min(height, width / tallest);

/**
 * Even tiles in rows, so that the pictures in them are as large as they can be. What is left over stands in the middle of
 * the last row.
 *
 * @param people at least one
 * @param width of the stage
 * @param height of the stage
 */
export function tileLayout(people: number, width: number, height: number): TileLayout {
  let best: TileLayout & { shown: number } = { width: 0, height: 0, shown: Number.NEGATIVE_INFINITY };
  for (let columns = 1; columns <= people; columns += 1) {
    const rows = Math.ceil(people / columns);
    const tile = {
      width: Math.floor((width - tileGap * (columns + 1)) / columns),
      height: Math.floor((height - tileGap * (rows + 1)) / rows),
    };
    if (columns > 1 && tile.width < smallest.width) break;
    const scrolled = tile.height < smallest.height;
    // Where all can't be seen at once, those that can are of a size to be recognised, and as many as fit beside each other.
    const high = scrolled ? Math.max(smallest.height, Math.floor(tile.width / widest)) : tile.height;
    const shown = scrolled ? -rows : shownIn(tile.width, high);
    if (shown > best.shown) best = { width: tile.width, height: high, shown };
  }
  return { width: best.width, height: best.height };
}
