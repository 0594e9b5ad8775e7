//! Rows and what they mean: one file for each thing that is kept.
//!
//! Each has the list of its columns and a function that reads them in exactly this order, so that
//! lists can be put together for a join. A row that is no legal state is a [`Problem::Row`].

pub(super) mod account;
pub(super) mod audit;
pub(super) mod client;
pub(super) mod context;
pub(super) mod grant;
pub(super) mod invitation;
pub(super) mod login;
pub(super) mod passkey;

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use countersign_core::ids::LoginId;
use countersign_core::time::Timestamp;
use rusqlite::Row;
use rusqlite::types::FromSql;

use super::problem::Problem;

/// Reads the columns of a row from left to right.
pub(super) struct Columns<'a> {
    row: &'a Row<'a>,
    next: usize,
    table: &'static str,
    id: String,
}

impl<'a> Columns<'a> {
    /// Starts at the first column.
    pub(super) fn of(row: &'a Row<'a>) -> Self {
        Self {
            row,
            next: 0,
            table: "?",
            id: "?".to_owned(),
        }
    }

    /// The id in the next column, with which the columns of `table` begin.
    pub(super) fn id(&mut self, table: &'static str) -> Result<[u8; 16], Problem> {
        self.table = table;
        let bytes = self.bytes()?;
        // Every kind of id has the same text form.
        self.id = LoginId::from_bytes(bytes).to_string();
        Ok(bytes)
    }

    /// Names the row for errors, where the table has no such id.
    pub(super) fn named(&mut self, table: &'static str, id: String) {
        (self.table, self.id) = (table, id);
    }

    /// Whether the next column is empty.
    pub(super) fn is_null(&self) -> Result<bool, Problem> {
        let value = self.row.get_ref(self.next)?;
        Ok(value == rusqlite::types::ValueRef::Null)
    }

    /// The next column.
    pub(super) fn take<T: FromSql>(&mut self) -> Result<T, Problem> {
        let index = self.next;
        self.next += 1;
        self.row.get(index).map_err(|_| self.refuse_at(index))
    }

    /// The next column as exactly `N` bytes.
    pub(super) fn bytes<const N: usize>(&mut self) -> Result<[u8; N], Problem> {
        self.take()
    }

    /// The next column as exactly `N` bytes, or nothing.
    pub(super) fn bytes_or_none<const N: usize>(&mut self) -> Result<Option<[u8; N]>, Problem> {
        self.take()
    }

    /// The next column as a point in time.
    pub(super) fn time(&mut self) -> Result<Timestamp, Problem> {
        let index = self.next;
        let millis = self.take::<i64>()?;
        match u64::try_from(millis) {
            Ok(millis) => Ok(Timestamp::from_millis(millis)),
            Err(_) => Err(self.refuse_at(index)),
        }
    }

    /// The next column as a point in time, or nothing.
    pub(super) fn time_or_none(&mut self) -> Result<Option<Timestamp>, Problem> {
        if self.is_null()? {
            self.next += 1;
            return Ok(None);
        }
        self.time().map(Some)
    }

    /// The next column as an address, or nothing.
    pub(super) fn address_or_none(&mut self) -> Result<Option<IpAddr>, Problem> {
        let bytes: Option<[u8; 16]> = self.bytes_or_none()?;
        Ok(bytes.map(|bytes| IpAddr::V6(Ipv6Addr::from(bytes)).to_canonical()))
    }

    /// The next column as a duration in milliseconds.
    pub(super) fn duration(&mut self) -> Result<Duration, Problem> {
        let time = self.time()?;
        Ok(Duration::from_millis(time.millis()))
    }

    /// The next column as a flag.
    pub(super) fn flag(&mut self) -> Result<bool, Problem> {
        let index = self.next;
        match self.take::<i64>()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.refuse_at(index)),
        }
    }

    /// The next column as a flag, or nothing.
    pub(super) fn flag_or_none(&mut self) -> Result<Option<bool>, Problem> {
        if self.is_null()? {
            self.next += 1;
            return Ok(None);
        }
        self.flag().map(Some)
    }

    /// The next column as a word that `parse` knows.
    pub(super) fn word<T>(&mut self, parse: impl Fn(&str) -> Option<T>) -> Result<T, Problem> {
        let index = self.next;
        let word = self.take::<String>()?;
        parse(&word).ok_or_else(|| self.refuse_at(index))
    }

    /// The next column as a word that `parse` knows, or nothing.
    pub(super) fn word_or_none<T>(
        &mut self,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        if self.is_null()? {
            self.next += 1;
            return Ok(None);
        }
        self.word(parse).map(Some)
    }

    /// Refuses the row.
    pub(super) fn refuse(&self, what: &str) -> Problem {
        Problem::Row {
            table: self.table,
            id: self.id.clone(),
            what: what.to_owned(),
        }
    }

    fn refuse_at(&self, index: usize) -> Problem {
        let name = self.row.as_ref().column_name(index).unwrap_or("?");
        self.refuse(&format!("column {name}"))
    }
}

/// An address as it is kept: an IPv4 one as the IPv6 one in which it travels.
pub(super) fn address_bytes(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(four) => four.to_ipv6_mapped().octets(),
        IpAddr::V6(six) => six.octets(),
    }
}

/// A point in time as it is kept. SQLite counts to 2⁶³: later is the end of time.
pub(super) fn millis(time: Timestamp) -> i64 {
    i64::try_from(time.millis()).unwrap_or(i64::MAX)
}

/// A duration as it is kept.
pub(super) fn duration_millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
