//! Makes MMDB files (format 2.0), so that no binary is kept and no real address is named.
//!
//! It knows the format and the few members that the server reads; `tests/browser/src/mmdb.ts` is its twin.

use std::net::{IpAddr, Ipv6Addr};

/// What a record holds.
#[derive(Clone, Debug)]
pub enum Value {
    /// UTF-8.
    Text(String),
    /// An unsigned number, with the format's number of its type: 5, 6 and 9 for 16, 32 and 64 bits.
    Unsigned(u8, u32),
    /// True.
    Yes,
    /// Members, in order.
    Map(Vec<(&'static str, Value)>),
    /// Items.
    List(Vec<Value>),
}

/// A City or Country database: networks such as `203.0.113.0/24`, each with country, continent and region.
pub fn places(networks: &[(&str, &str, &str, Option<&str>)]) -> Vec<u8> {
    let text = |text: &str| Value::Text(text.to_owned());
    let record = |&(network, country, continent, region): &(_, &str, &str, Option<&str>)| {
        let named = |name: &str| Value::Map(vec![("names", Value::Map(vec![("en", text(name))]))]);
        let record = Value::Map(vec![
            ("continent", Value::Map(vec![("code", text(continent))])),
            ("country", Value::Map(vec![("iso_code", text(country))])),
            (
                "subdivisions",
                Value::List(region.map(named).into_iter().collect()),
            ),
        ]);
        (network, record)
    };
    let records: Vec<_> = networks.iter().map(record).collect();
    database("GeoLite2-City", &records)
}

/// An Anonymous-IP database: networks, each with the one member that is true for it, such as `is_tor_exit_node`.
pub fn anonymous(networks: &[(&str, &'static str)]) -> Vec<u8> {
    let record = |&(network, what)| {
        let members = vec![("is_anonymous", Value::Yes), (what, Value::Yes)];
        (network, Value::Map(members))
    };
    let records: Vec<_> = networks.iter().map(record).collect();
    database("GeoIP2-Anonymous-IP", &records)
}

/// A database of this type with a record for each network; IPv4 lies at `::/96`, as in real ones.
pub fn database(database_type: &str, records: &[(&str, Value)]) -> Vec<u8> {
    let mut tree = vec![[Node::Empty; 2]];
    let mut data = Vec::new();
    for (network, record) in records {
        let (bits, length) = prefix(network);
        insert(&mut tree, bits, length, Node::Data(data.len()));
        encode(&mut data, record);
    }
    let mut file = Vec::new();
    for node in tree.iter().flatten() {
        let record = match node {
            Node::Empty => tree.len(),
            Node::Inner(index) => *index,
            Node::Data(offset) => tree.len() + 16 + offset,
        };
        file.extend_from_slice(&size(record).to_be_bytes()[1..]);
    }
    file.extend_from_slice(&[0; 16]);
    file.extend_from_slice(&data);
    file.extend_from_slice(b"\xab\xcd\xefMaxMind.com");
    let metadata = Value::Map(vec![
        ("binary_format_major_version", Value::Unsigned(5, 2)),
        ("binary_format_minor_version", Value::Unsigned(5, 0)),
        ("build_epoch", Value::Unsigned(9, 1_700_000_000)),
        ("database_type", Value::Text(database_type.to_owned())),
        ("description", Value::Map(Vec::new())),
        ("ip_version", Value::Unsigned(5, 6)),
        ("languages", Value::List(Vec::new())),
        ("node_count", Value::Unsigned(6, size(tree.len()))),
        ("record_size", Value::Unsigned(5, 24)),
    ]);
    encode(&mut file, &metadata);
    file
}

/// Where one side of a node of the search tree leads.
#[derive(Clone, Copy)]
enum Node {
    Empty,
    Inner(usize),
    Data(usize),
}

fn size(number: usize) -> u32 {
    u32::try_from(number).expect("a test's database is small")
}

/// The bits of a network, and how many of them count.
fn prefix(network: &str) -> (u128, u32) {
    let (address, length) = network.split_once('/').expect("ADDRESS/LENGTH");
    let length: u32 = length.parse().expect("a number");
    match address.parse().expect("an address") {
        IpAddr::V4(address) => (u128::from(address.to_bits()), length + 96),
        IpAddr::V6(address) => (Ipv6Addr::to_bits(address), length),
    }
}

fn insert(tree: &mut Vec<[Node; 2]>, bits: u128, length: u32, leaf: Node) {
    let side = |depth: u32| usize::from((bits >> (127 - depth)) & 1 == 1);
    let mut at = 0;
    for depth in 0..length - 1 {
        at = if let Node::Inner(next) = tree[at][side(depth)] {
            next
        } else {
            tree.push([Node::Empty; 2]);
            let next = tree.len() - 1;
            tree[at][side(depth)] = Node::Inner(next);
            next
        };
    }
    tree[at][side(length - 1)] = leaf;
}

/// The control byte, with the sizes that do not fit into it behind it, and the payload.
fn encode(out: &mut Vec<u8>, value: &Value) {
    let mut control = |kind: u8, size: usize| {
        let (low, more) = match u8::try_from(size) {
            Ok(size) if size < 29 => (size, None),
            size => (29, Some(size.expect("a short text") - 29)),
        };
        out.push(if kind < 8 { (kind << 5) | low } else { low });
        out.extend((kind > 7).then(|| kind - 7));
        out.extend(more);
    };
    match value {
        Value::Text(text) => {
            control(2, text.len());
            out.extend_from_slice(text.as_bytes());
        }
        Value::Unsigned(kind, number) => {
            let bytes = number.to_be_bytes();
            let bytes = if *kind == 5 { &bytes[2..] } else { &bytes[..] };
            control(*kind, bytes.len());
            out.extend_from_slice(bytes);
        }
        Value::Yes => control(14, 1),
        Value::Map(members) => {
            control(7, members.len());
            for (name, member) in members {
                encode(out, &Value::Text((*name).to_owned()));
                encode(out, member);
            }
        }
        Value::List(items) => {
            control(11, items.len());
            for item in items {
                encode(out, item);
            }
        }
    }
}
