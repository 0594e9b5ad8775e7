/**
 * Makes MMDB files (format 2.0), so that no binary is kept and no real address is named.
 * It writes IPv4 networks and the few members that the server reads; the twin of `tests/src/mmdb.rs`.
 */

type Value = string | Unsigned | true | Value[] | { [member: string]: Value };

/** An unsigned number, with the format's number of its type: 5, 6 and 9 for 16, 32 and 64 bits. */
class Unsigned {
  constructor(
    readonly kind: 5 | 6 | 9,
    readonly value: number,
  ) {}
}

/** A City database: IPv4 networks such as `203.0.113.0/24`, each with its place. */
export function places(
  networks: Record<string, { country: string; continent: string; region?: string }>,
): Buffer {
  const records = Object.entries(networks).map(([network, place]): [string, Value] => {
    const subdivisions = place.region === undefined ? [] : [{ names: { en: place.region } }];
    const { country, continent } = place;
    const record = { continent: { code: continent }, country: { iso_code: country }, subdivisions };
    return [network, record];
  });
  return database('GeoLite2-City', records);
}

/** Where one side of a node of the search tree leads: nowhere, to a node, to a record. */
type Side = undefined | { node: number } | { record: number };

/** A database of this type with a record for each network; IPv4 lies at `::/96`, as in real ones. */
function database(type: string, records: [string, Value][]): Buffer {
  const tree: [Side, Side][] = [[undefined, undefined]];
  const data: number[] = [];
  for (const [network, record] of records) {
    insert(tree, network, data.length);
    encode(data, record);
  }
  const file: number[] = [];
  for (const side of tree.flat()) {
    let record = tree.length;
    if (side && 'node' in side) record = side.node;
    else if (side) record = tree.length + 16 + side.record;
    file.push((record >> 16) & 255, (record >> 8) & 255, record & 255);
  }
  file.push(...new Array<number>(16).fill(0), ...data);
  file.push(0xab, 0xcd, 0xef, ...Buffer.from('MaxMind.com'));
  encode(file, {
    binary_format_major_version: new Unsigned(5, 2),
    binary_format_minor_version: new Unsigned(5, 0),
    build_epoch: new Unsigned(9, 1_700_000_000),
    database_type: type,
    description: {},
    ip_version: new Unsigned(5, 6),
    languages: [],
    node_count: new Unsigned(6, tree.length),
    record_size: new Unsigned(5, 24),
  });
  return Buffer.from(file);
}

function insert(tree: [Side, Side][], network: string, record: number): void {
  const [address = '', length = ''] = network.split('/');
  const bits = address.split('.').map(part => Number(part).toString(2).padStart(8, '0'));
  const path = `${'0'.repeat(96)}${bits.join('')}`.slice(0, 96 + Number(length));
  let at = 0;
  for (const [depth, bit] of [...path].entries()) {
    const node = tree[at];
    if (!node) throw new Error('no such node');
    const way = bit === '1' ? 1 : 0;
    const side = node[way];
    if (depth === path.length - 1) node[way] = { record };
    else if (side && 'node' in side) at = side.node;
    else {
      node[way] = { node: tree.length };
      at = tree.length;
      tree.push([undefined, undefined]);
    }
  }
}

/** The control byte, with the size that does not fit into it behind it, and the payload. */
function encode(out: number[], value: Value): void {
  const control = (kind: number, size: number) => {
    const low = Math.min(size, 29);
    out.push(kind < 8 ? (kind << 5) | low : low);
    if (kind > 7) out.push(kind - 7);
    if (size >= 29) out.push(size - 29);
  };
  if (typeof value === 'string') {
    const bytes = Buffer.from(value);
    control(2, bytes.length);
    out.push(...bytes);
  } else if (value instanceof Unsigned) {
    const size = value.kind === 5 ? 2 : 4;
    control(value.kind, size);
    for (let byte = size - 1; byte >= 0; byte -= 1) out.push((value.value >>> (8 * byte)) & 255);
  } else if (value === true) {
    control(14, 1);
  } else if (Array.isArray(value)) {
    control(11, value.length);
    for (const item of value) encode(out, item);
  } else {
    const members = Object.entries(value);
    control(7, members.length);
    for (const [name, member] of members) {
      encode(out, name);
      encode(out, member);
    }
  }
}
