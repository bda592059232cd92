/** Put before a worker's script: time runs faster there, so that an hour is over in minutes. */
{
  const speed = 20;
  const [began, now] = [performance.now(), performance.now.bind(performance)];
  const every = setInterval;
  performance.now = () => began + (now() - began) * speed;
  Object.assign(globalThis, {
    setInterval: (run: () => void, ms: number) => every(run, ms / speed),
  });
}
