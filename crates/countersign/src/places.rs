//! Where addresses are, by the operator's databases in the MMDB format; none is shipped.
//!
//! Owns the reading of the two files, once, at the start. What a place means for an approval is the core's.

use std::fs::File;
use std::io::Read as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Once;

use countersign_core::network::Place;
use countersign_core::ports::Places;
use maxminddb::{LookupResult, MaxMindDbError, PathElement, Reader, WithinOptions, path};

/// More than any of these databases has; a file is held in memory as a whole.
const FILE_MAX: u64 = 1 << 30;
/// Records that are read as a trial before the server starts.
const TRIED: usize = 10_000;
/// What makes an address nobody's own. Residential proxies are not among them: their addresses are homes.
const NO_PERSONS_OWN: [&str; 4] = [
    "is_hosting_provider",
    "is_tor_exit_node",
    "is_anonymous_vpn",
    "is_public_proxy",
];
/// Letters that are shown of a region's name.
const REGION_CHARS: usize = 60;

/// A database file, and the setting that names it.
#[derive(Clone, Debug)]
pub(crate) struct DatabaseFile {
    pub(crate) path: PathBuf,
    /// The setting, with where it was set.
    pub(crate) setting: String,
}

/// The databases that the settings name, unopened.
#[derive(Clone, Debug, Default)]
pub(crate) struct PlaceFiles {
    pub(crate) places: Option<DatabaseFile>,
    pub(crate) anonymous: Option<DatabaseFile>,
}

impl PlaceFiles {
    /// Whether nothing says how far apart two addresses are.
    pub(crate) fn is_empty(&self) -> bool {
        self.places.is_none() && self.anonymous.is_none()
    }
}

/// The operator's databases, each of which may be missing.
#[derive(Debug, Default)]
pub(crate) struct Databases {
    places: Option<Database>,
    anonymous: Option<Database>,
}

/// What a database says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Country and, in some, region.
    Places,
    /// Whether an address is no person's own.
    Anonymous,
}

#[derive(Debug)]
struct Database {
    reader: Reader<Vec<u8>>,
    /// So that a record that can't be read is said once and not with each request.
    complained: Once,
    path: PathBuf,
}

/// A file that can't be used, in words for the operator.
#[derive(Debug, thiserror::Error)]
#[error("{}: can't use {}: {what}", .file.setting, .file.path.display())]
pub(crate) struct UnusableDatabase {
    file: DatabaseFile,
    what: String,
}

impl Databases {
    /// Reads the files that are named.
    pub(crate) fn open(files: &PlaceFiles) -> Result<Self, UnusableDatabase> {
        let open = |file: &Option<DatabaseFile>, kind| {
            let opened = file.as_ref().map(|file| {
                Database::open(&file.path, kind).map_err(|what| UnusableDatabase {
                    file: file.clone(),
                    what,
                })
            });
            opened.transpose()
        };
        Ok(Self {
            places: open(&files.places, Kind::Places)?,
            anonymous: open(&files.anonymous, Kind::Anonymous)?,
        })
    }
}

impl Places for Databases {
    fn place(&self, address: IpAddr) -> Option<Place> {
        self.places.as_ref()?.ask(address, place_of)
    }

    fn hosting(&self, address: IpAddr) -> bool {
        let database = self.anonymous.as_ref();
        let said = database.and_then(|database| database.ask(address, hosting_of));
        said.unwrap_or(false)
    }
}

impl Database {
    fn open(path: &Path, kind: Kind) -> Result<Self, String> {
        let reader = Reader::from_source(read(path)?)
            .map_err(|error| format!("it is no MMDB file, or damaged ({error}). Get it anew"))?;
        let said = &reader.metadata().database_type;
        if !kind.is(said) {
            return Err(format!("it is a {said:?} database; {}", kind.wanted()));
        }
        let database = Self {
            reader,
            complained: Once::new(),
            path: path.to_owned(),
        };
        database.try_out(kind).map_err(|error| {
            format!("its records are not those of such a database, or damaged ({error})")
        })?;
        Ok(database)
    }

    /// Reads some records, so that a file of another make is refused now rather than silent later.
    fn try_out(&self, kind: Kind) -> Result<(), MaxMindDbError> {
        for found in self.reader.networks(WithinOptions::default())?.take(TRIED) {
            let found = found?;
            match kind {
                Kind::Places => place_of(&found).map(drop)?,
                Kind::Anonymous => hosting_of(&found).map(drop)?,
            }
        }
        Ok(())
    }

    /// What the database says of an address; nothing of those that are nowhere on the internet.
    fn ask<T>(
        &self,
        address: IpAddr,
        read: impl Fn(&Found<'_>) -> Result<Option<T>, MaxMindDbError>,
    ) -> Option<T> {
        let address = address.to_canonical();
        let known =
            is_public(address) && (address.is_ipv4() || self.reader.metadata().ip_version == 6);
        if !known {
            return None;
        }
        let said = self.reader.lookup(address).and_then(|found| read(&found));
        said.unwrap_or_else(|error| {
            self.complained.call_once(|| {
                tracing::warn!(database = %self.path.display(), %error, "a record can't be read");
            });
            None
        })
    }
}

type Found<'a> = LookupResult<'a, Vec<u8>>;

/// The country's code, the English name of the largest region in it, and the continent's code.
fn place_of(found: &Found<'_>) -> Result<Option<Place>, MaxMindDbError> {
    let text = |path: &[PathElement<'_>]| found.decode_path::<&str>(path);
    let code = |text: Option<&str>| {
        let is_code = |text: &&str| text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase());
        text.filter(is_code).map(str::to_owned)
    };
    let region = text(&path!["subdivisions", 0, "names", "en"])?;
    let continent = code(text(&path!["continent", "code"])?);
    let country = code(text(&path!["country", "iso_code"])?);
    Ok(country.map(|country| Place {
        country,
        region: region.map(shown),
        continent,
    }))
}

/// Whether the address is no person's own: a hosting provider's, or where Tor, a VPN or a public proxy comes out.
fn hosting_of(found: &Found<'_>) -> Result<Option<bool>, MaxMindDbError> {
    for member in NO_PERSONS_OWN {
        if found.decode_path(&path![member])? == Some(true) {
            return Ok(Some(true));
        }
    }
    Ok(None)
}

/// A name that is fit to be shown: short, and without what is no letter of it.
fn shown(name: &str) -> String {
    let letters = name.chars().filter(|letter| !letter.is_control());
    letters.take(REGION_CHARS).collect()
}

impl Kind {
    /// Whether a database that calls itself so is one of this kind.
    fn is(self, database_type: &str) -> bool {
        let words: &[&str] = match self {
            Self::Places => &["city", "country", "enterprise"],
            Self::Anonymous => &["anonymous"],
        };
        let said = database_type.to_ascii_lowercase();
        words.iter().any(|word| said.contains(word))
    }

    const fn wanted(self) -> &'static str {
        match self {
            Self::Places => "a City or Country database is meant here",
            Self::Anonymous => "an Anonymous-IP database is meant here",
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let unreadable = |error: std::io::Error| format!("it can't be read ({error})");
    let file = File::open(path).map_err(unreadable)?;
    let about = file.metadata().map_err(unreadable)?;
    if !about.is_file() {
        return Err("it is no file".to_owned());
    }
    let mut bytes = Vec::new();
    let read = file.take(FILE_MAX + 1).read_to_end(&mut bytes);
    match read.map_err(unreadable)? as u64 {
        0..=FILE_MAX => Ok(bytes),
        _ => Err("it is larger than 1 GiB, which no such database is".to_owned()),
    }
}

/// Whether an address is one of the internet: only those have a place, whatever a database says.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            // RFC 6598: between a provider and its customers.
            let [first, second, ..] = address.octets();
            let shared = first == 100 && (64..128).contains(&second);
            !(shared
                || address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_unspecified()
                || address.is_multicast()
                || address.is_broadcast())
        }
        IpAddr::V6(address) => {
            !(address.is_unique_local()
                || address.is_loopback()
                || address.is_unicast_link_local()
                || address.is_unspecified()
                || address.is_multicast())
        }
    }
}

#[cfg(test)]
mod tests;
