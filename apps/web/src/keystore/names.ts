/** Names by id; who isn't named is told by the end of their id. */
export function personNames<Id extends string>(
  people: readonly { readonly id: Id; readonly name: string }[],
): (id: Id) => string {
  const names = new Map(people.map(({ id, name }) => [id, name]));
  return (id) => names.get(id) ?? `…${id.slice(-6)}`;
}
