const rows = [0, 1, 2, 3, 4] as const;

/** Who watches, and since when, over the whole picture: so that a photo of the screen says whose it was. */
export function Watermark({ text }: { text: string }) {
  return (
    <div aria-hidden data-watermark className="pointer-events-none absolute inset-0 overflow-hidden select-none">
      <div className="absolute -inset-1/4 flex -rotate-12 flex-col justify-around">
        {rows.map((row) => (
          <p
            key={row}
            className={`text-sm whitespace-nowrap text-on-stage opacity-55 [text-shadow:0_0_2px_#000] ${row % 2 === 0 ? 'ps-4' : 'ps-32'}`}
          >
            {`${text}   ·   ${text}   ·   ${text}`}
          </p>
        ))}
      </div>
    </div>
  );
}
