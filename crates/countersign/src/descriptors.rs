//! How many files and connections the system lets this process have open.
//!
//! Shells and service managers start programs with a low bound that the program may raise itself, up to a hard one.

use countersign_http::limits::{REQUESTS_AT_ONCE, WAITS_AT_ONCE};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors that are no connections: the database's, the listeners', the runtime's.
const OWN: u64 = 64;

/// Raises the bound as far as it goes; gives what it is then, `None` without one.
pub(crate) fn raise() -> Option<u64> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current == maximum {
        return current;
    }
    let wanted = Rlimit {
        current: maximum,
        maximum,
    };
    // Where the system refuses, as some do above a bound that they don't tell, it stays what it was.
    match setrlimit(Resource::Nofile, wanted) {
        Ok(()) => maximum,
        Err(_) => current,
    }
}

/// A warning when so many are not enough for what one address may have open beside the requests of the others.
pub(crate) fn too_few(allowed: Option<u64>, connections: u32, streams: u32) -> Option<String> {
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let of_one = u64::from(connections.max(streams)).min(count(WAITS_AT_ONCE));
    let needed = of_one + count(REQUESTS_AT_ONCE) + OWN;
    let allowed = allowed.filter(|allowed| *allowed < needed)?;
    Some(format!(
        "warning: Only {allowed} files may be open, connections among them, and {needed} are needed for these limits: \
         one address could keep all others out. Raise it (ulimit -Hn, LimitNOFILE=), or lower limits.connections and \
         limits.streams."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_soft_bound_becomes_the_hard_one() {
        let before = getrlimit(Resource::Nofile);
        let low = Rlimit {
            current: Some(200),
            ..before
        };
        setrlimit(Resource::Nofile, low).unwrap();
        assert_eq!(raise(), before.maximum);
        assert_eq!(getrlimit(Resource::Nofile).current, before.maximum);
    }

    #[test]
    fn too_few_is_said_with_what_is_needed() {
        assert_eq!(too_few(None, 1_000_000, 1_000_000), None);
        assert_eq!(too_few(Some(4_096), 512, 1_000), None);
        let said = too_few(Some(1_024), 512, 1_000).unwrap();
        assert!(said.contains("1024") && said.contains("2088"), "{said}");
        // Streams are bounded for the node as well.
        assert_eq!(too_few(Some(21_088), 1_000_000, 1_000_000), None);
        assert!(too_few(Some(21_087), 1_000_000, 1).is_some());
    }
}
