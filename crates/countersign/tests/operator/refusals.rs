//! What a start refuses: every one in words that name the file and what to do.

use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::program::{Server, countersign, get, run, run_with_input};

/// A data folder that has been in use.
fn used() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut add = countersign(&["account", "add", "anna", "--password-stdin", "--data"]);
    let (code, _, errors) = run_with_input(add.arg(folder.path()), "correct horse battery staple");
    assert_eq!(code, Some(0), "{errors}");
    folder
}

/// What a start says, which must fail.
fn refused(data: &Path) -> String {
    let mut serve = countersign(&["serve", "--listen", "127.0.0.1:0", "--data"]);
    let (code, out, errors) = run(serve.arg(data));
    assert_eq!((code, out.as_str()), (Some(1), ""), "{errors}");
    assert!(!errors.contains("panicked"), "{errors}");
    errors
}

#[test]
fn a_database_that_is_damaged_or_none_is_left_as_it_is() {
    let folder = used();
    let database = folder.path().join("countersign.db");
    let mut bytes = fs::read(&database).unwrap();
    bytes[4096..8192].fill(0xa5);
    fs::write(&database, &bytes).unwrap();
    let said = refused(folder.path());
    assert!(
        said.contains("countersign.db") && said.contains("damaged") && said.contains("backup"),
        "{said}"
    );
    assert_eq!(fs::read(&database).unwrap(), bytes);

    fs::write(
        &database,
        "this is a diary, not a database; dear diary, today\n".repeat(100),
    )
    .unwrap();
    let said = refused(folder.path());
    assert!(said.contains("not an SQLite database"), "{said}");
}

#[test]
fn a_database_of_another_application_is_refused() {
    let folder = used();
    let database = folder.path().join("countersign.db");
    let mut bytes = fs::read(&database).unwrap();
    // The application id (SQLite file format §1.3).
    bytes[68..72].copy_from_slice(&0x0f05_5112_u32.to_be_bytes());
    fs::write(&database, &bytes).unwrap();
    let said = refused(folder.path());
    assert!(said.contains("another application"), "{said}");
}

#[test]
fn a_second_server_on_the_same_folder_is_refused() {
    let folder = used();
    let _first = Server::start(folder.path(), &["--listen", "127.0.0.1:0"], &[]);
    let said = refused(folder.path());
    assert!(said.contains("another server is running"), "{said}");
}

#[test]
fn keys_that_are_missing_damaged_or_no_files_are_named() {
    for name in ["server.key", "signing.key"] {
        let folder = used();
        let key = folder.path().join(name);
        fs::write(&key, "1 nonsense").unwrap();
        let said = refused(folder.path());
        assert!(said.contains(name) && said.contains("damaged"), "{said}");
        fs::remove_file(&key).unwrap();
        let said = refused(folder.path());
        assert!(
            said.contains(name) && said.contains("missing") && said.contains("backup"),
            "{said}"
        );
        assert!(!key.exists(), "a new one is not made silently");
        fs::create_dir(&key).unwrap();
        let said = refused(folder.path());
        assert!(said.contains(name), "it names the file: {said}");
    }
}

#[test]
fn a_database_that_is_gone_or_empty_beside_its_keys_is_not_made_anew() {
    let folder = used();
    let database = folder.path().join("countersign.db");
    for empty in [true, false] {
        if empty {
            fs::write(&database, "").unwrap();
        } else {
            fs::remove_file(&database).unwrap();
        }
        let said = refused(folder.path());
        assert!(
            said.contains("countersign.db") && said.contains("gone") && said.contains("backup"),
            "{said}"
        );
        assert_eq!(database.exists(), empty, "nothing was made");
    }
}

#[test]
fn a_folder_that_is_open_to_others_is_said() {
    let folder = used();
    let read_by_all = Permissions::from_mode(0o755);
    fs::set_permissions(folder.path(), read_by_all).unwrap();
    let mut add = countersign(&["account", "add", "bert", "--password-stdin", "--data"]);
    let (code, _, errors) = run_with_input(add.arg(folder.path()), "correct horse battery staple");
    assert_eq!(code, Some(0), "{errors}");
    assert!(
        errors.contains("open to others") && errors.contains("chmod 700"),
        "{errors}"
    );
}

#[test]
fn a_key_that_others_can_read_is_said_at_the_start() {
    let folder = used();
    let key = folder.path().join("server.key");
    fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    let mut add = countersign(&["account", "add", "bert", "--password-stdin", "--data"]);
    let (code, _, errors) = run_with_input(add.arg(folder.path()), "correct horse battery staple");
    assert_eq!(code, Some(0));
    assert!(
        errors.contains("chmod 600") && errors.contains("server.key"),
        "{errors}"
    );
}

#[test]
fn a_data_folder_that_is_a_file_is_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let said = refused(file.path());
    assert!(
        said.contains("is a file") && said.contains("--data"),
        "{said}"
    );
}

#[test]
fn a_port_that_is_taken_is_named_with_what_to_do() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let mut serve = countersign(&["serve", "--listen", &address, "--data"]);
    let (code, _, errors) = run(serve.arg(folder.path()));
    assert_eq!(code, Some(1));
    assert!(
        errors.contains(&address) && errors.contains("--listen"),
        "{errors}"
    );
}

#[test]
fn a_server_without_file_descriptors_says_so_once_and_recovers() {
    let folder = tempfile::tempdir().unwrap();
    let program = countersign(&[]).get_program().to_owned();
    let mut serve = Command::new("bash");
    serve
        .args(["-c", "ulimit -n 60; exec \"$@\"", "bash"])
        .arg(program)
        .args(["serve", "--json", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut server = Server::of(&mut serve);
    let address = server.address("listening").to_owned();
    let connect = || TcpStream::connect(&address).unwrap();
    let crowd: Vec<TcpStream> = (0..100).map(|_| connect()).collect();
    let mut log = BufReader::new(server.stderr()).lines().map(Result::unwrap);
    let said = log.find(|line| line.contains("can't be taken")).unwrap();
    assert!(said.contains("no file descriptor is left"), "{said}");
    drop(crowd);
    let answer = get(connect(), "/healthz");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    drop(server);
    assert_eq!(
        log.filter(|line| line.contains("can't be taken")).count(),
        0
    );
}
