//! Where a secret must not be: log lines, files, columns, answers.

use std::collections::HashMap;

use countersign_tests::Server;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

use crate::recorder::Exchange;
use crate::secret::{Kind, Secret};

/// The files that hold keys; everything else in the data folder may be copied by who should not sign in with it.
const KEYS: [&str; 2] = ["server.key", "signing.key"];

/// Secrets among the log lines. The lines are searched whole too: a secret may stand across a line's end.
pub(crate) fn in_logs(lines: &[String], secrets: &[Secret]) -> Vec<String> {
    let mut leaks = in_bytes("the log", lines.join("\n").as_bytes(), secrets);
    for line in lines {
        for secret in secrets {
            if secret.kind == Kind::CheckCode && has_word(line, &secret.text) {
                leaks.push(format!("CheckCode in the log: {line}"));
            }
        }
    }
    leaks
}

/// Secrets in the files of the data folder.
pub(crate) fn in_folder(server: &Server, secrets: &[Secret]) -> Vec<String> {
    let mut leaks = Vec::new();
    let mut files = Vec::new();
    for entry in std::fs::read_dir(server.data()).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        assert!(entry.file_type().unwrap().is_file(), "{name} is no file");
        if !KEYS.contains(&name.as_str()) {
            leaks.extend(in_bytes(
                &name,
                &std::fs::read(entry.path()).unwrap(),
                secrets,
            ));
            files.push(name);
        }
    }
    let database = "countersign.db".to_owned();
    assert!(files.contains(&database), "only {files:?} are there");
    leaks
}

/// Secrets in the columns of the database, check codes among them.
pub(crate) fn in_columns(server: &Server, secrets: &[Secret]) -> Vec<String> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
    let db = Connection::open_with_flags(server.database(), flags).unwrap();
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table'";
    let mut tables = db.prepare(tables).unwrap();
    let tables = tables.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let tables: Vec<_> = tables.map(Result::unwrap).collect();
    assert!(tables.len() > 5, "only {tables:?} are there");
    let mut leaks = Vec::new();
    for table in tables {
        let mut query = db.prepare(&format!("SELECT * FROM \"{table}\"")).unwrap();
        let columns: Vec<_> = query.column_names().map(str::to_owned).collect();
        let mut rows = query.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for (index, column) in columns.iter().enumerate() {
                let place = format!("{table}.{column}");
                let bytes = match row.get_ref(index).unwrap() {
                    ValueRef::Null => continue,
                    ValueRef::Integer(number) => number.to_string().into_bytes(),
                    ValueRef::Real(number) => number.to_string().into_bytes(),
                    ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.to_vec(),
                };
                leaks.extend(in_bytes(&place, &bytes, secrets));
                leaks.extend(codes_in(&place, &bytes, secrets));
            }
        }
    }
    leaks
}

/// Secrets in answers where the protocol does not give them.
pub(crate) fn in_answers(exchanges: &[Exchange], secrets: &[Secret]) -> Vec<String> {
    let mut leaks = Vec::new();
    for Exchange {
        path,
        status,
        headers,
        body,
    } in exchanges
    {
        let success = (200..300).contains(status);
        let but = |given: &dyn Fn(Kind) -> bool| -> Vec<Secret> {
            let others = secrets
                .iter()
                .filter(|secret| !(success && given(secret.kind)));
            others.cloned().collect()
        };
        let in_body = but(&|kind| kind.is_given_at(path));
        let in_headers = but(&|kind| kind.is_set_at(path));
        for (place, bytes, secrets) in [
            ("body", body, &*in_body),
            ("headers", headers, &*in_headers),
        ] {
            let place = format!("the {place} of {path} ({status})");
            leaks.extend(in_bytes(&place, bytes, secrets));
            leaks.extend(codes_in(&place, bytes, secrets));
        }
    }
    leaks
}

/// Secrets in `bytes`, in any of their forms.
pub(crate) fn in_bytes(place: &str, bytes: &[u8], secrets: &[Secret]) -> Vec<String> {
    // All forms at once, by their beginnings: there are hundreds, and a database is long.
    let mut forms: HashMap<&[u8], Vec<_>> = HashMap::new();
    let of = |secret: &Secret| {
        let kind = secret.kind;
        secret.forms().into_iter().map(move |form| (kind, form))
    };
    let all: Vec<_> = secrets.iter().flat_map(of).collect();
    for (kind, (form, needle)) in &all {
        let same = forms.entry(&needle[..4]).or_default();
        same.push((kind, form, needle));
    }
    let mut leaks = Vec::new();
    for (at, beginning) in bytes.windows(4).enumerate() {
        for (kind, form, needle) in forms.get(beginning).into_iter().flatten() {
            if bytes[at..].starts_with(needle) {
                leaks.push(format!("{kind:?} as {form} in {place}"));
            }
        }
    }
    leaks
}

fn codes_in(place: &str, bytes: &[u8], secrets: &[Secret]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let codes = secrets
        .iter()
        .filter(|secret| secret.kind == Kind::CheckCode);
    codes
        .filter(|code| has_word(&text, &code.text))
        .map(|_| format!("CheckCode in {place}"))
        .collect()
}

/// Whether `word` stands in `text` with no letter or digit beside it.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        let is_part = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        !is_part(before) && !is_part(after)
    })
}
