//! One server process of a test: started on a free port with a data folder of its own, killed when dropped.
//!
//! Owns the process, its folder and everything it wrote. Knows no route.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use countersign_client::{Answer, Call, Http};
use tempfile::TempDir;

/// A bound for failing, never a pause: a start takes well under a second, on a busy machine a few.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a test gets that says nothing of it: limits that it can't reach, since all its parties share one address, and
/// phones that need not wait. Each with the section or line of a configuration that takes its place.
const DEFAULTS: [(&str, &str, &str); 11] = [
    ("[limits]", "COUNTERSIGN_LIMITS__CREATIONS", "1000000"),
    ("[limits]", "COUNTERSIGN_LIMITS__SIGN_INS", "1000000"),
    (
        "[limits]",
        "COUNTERSIGN_LIMITS__ACCOUNT_SIGN_INS",
        "1000000",
    ),
    ("[limits]", "COUNTERSIGN_LIMITS__REGISTRATIONS", "1000000"),
    ("[limits]", "COUNTERSIGN_LIMITS__SCANS", "1000000"),
    ("[limits]", "COUNTERSIGN_LIMITS__PROMPTS", "1000000"),
    ("[limits]", "COUNTERSIGN_LIMITS__REQUESTS", "1000000"),
    ("[limits]", "COUNTERSIGN_LIMITS__OPEN_LOGINS", "1000000"),
    ("[limits]", "COUNTERSIGN_LIMITS__STREAMS", "1000000"),
    (
        "connections =",
        "COUNTERSIGN_LIMITS__CONNECTIONS",
        "1000000",
    ),
    ("[phones]", "COUNTERSIGN_PHONES__ADDITIONAL", "open"),
];

/// A running server. Its data outlives [`Server::kill9`] and [`Server::restart`], and goes with the value.
pub struct Server {
    process: Option<Process>,
    folder: TempDir,
    config: PathBuf,
    /// All that the processes find in their environment.
    variables: Vec<(String, String)>,
    /// `127.0.0.1:PORT`, the same for life.
    address: String,
    /// The way to the issuer, from the first start on.
    http: Option<Http>,
    log: Log,
}

/// Everything that the processes wrote, line by line.
type Log = Arc<Mutex<Vec<String>>>;

struct Process {
    child: Child,
    readers: Vec<JoinHandle<()>>,
}

impl Server {
    /// Starts one with the defaults: the clients `countersign` and `demo`.
    pub async fn start() -> Self {
        Self::start_with("").await
    }

    /// Starts one with this configuration (TOML); `listen`, `issuer` and `data` are the harness's. Where it has no
    /// `[limits]` there are none, and where it has no `[phones]` every phone approves at once.
    pub async fn start_with(config_toml: &str) -> Self {
        Self::start_in(config_toml, &[]).await
    }

    /// The same, with these variables in its environment.
    pub async fn start_in(config_toml: &str, variables: &[(&str, &str)]) -> Self {
        let folder = TempDir::with_prefix("countersign-test-").expect("a temporary folder");
        let config = folder.path().join("countersign.toml");
        std::fs::write(&config, config_toml).expect("the config is written");
        let defaults = DEFAULTS
            .iter()
            .filter(|(section, ..)| !config_toml.contains(section))
            .map(|(_, name, value)| (name, value));
        let given = variables.iter().map(|(name, value)| (name, value));
        let mut server = Self {
            process: None,
            folder,
            config,
            variables: defaults
                .chain(given)
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            address: "127.0.0.1:0".to_owned(),
            http: None,
            log: Log::default(),
        };
        server.restart().await;
        server
    }

    /// The issuer, `http://localhost:PORT`.
    pub fn issuer(&self) -> &str {
        self.way().issuer()
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The database file; read it after [`Server::stop`] or [`Server::kill9`].
    pub fn database(&self) -> PathBuf {
        self.data().join("countersign.db")
    }

    /// The id of the running process.
    pub fn pid(&self) -> u32 {
        self.process.as_ref().expect("the server runs").child.id()
    }

    /// Every line of standard output and error so far; all of them once the server has stopped.
    pub fn logs(&self) -> Vec<String> {
        self.log.lock().expect("no reader panics").clone()
    }

    /// The way to the server. All parties of a test share its pool of connections: to make one costs more than a
    /// whole login, and each takes a connection of its own while it has a request under way.
    pub fn http(&self) -> Http {
        self.way().clone()
    }

    /// Sends one request; any status is an answer.
    pub async fn send(&self, call: &Call) -> Answer {
        let answer = self.way().send(call).await;
        answer.expect("the server answers")
    }

    fn way(&self) -> &Http {
        self.http.as_ref().expect("the server was started")
    }

    /// Adds an account with the real command, beside the running server.
    pub async fn account(&self, name: &str, password: &str) {
        let args = ["account", "add", name, "--password-stdin"];
        let added = self.command(&args, &format!("{password}\n")).await;
        let said = String::from_utf8_lossy(&added.stderr);
        assert!(added.status.success(), "account add {name}: {said}");
    }

    /// Runs a command of the program on this server's data folder, whether the server runs or not.
    pub async fn command(&self, args: &[&str], input: &str) -> Output {
        let mut command = Command::new(binary());
        command
            .args(args)
            .arg("--data")
            .arg(self.data())
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let input = input.to_owned();
        off_the_runtime(move || {
            let mut child = command.spawn().expect("the command starts");
            let mut stdin = child.stdin.take().expect("its input is piped");
            // A command that needs no input may have ended before it is written.
            let written = stdin.write_all(input.as_bytes());
            assert!(written.is_ok() || input.is_empty(), "it reads its input");
            drop(stdin);
            child.wait_with_output().expect("it ends")
        })
        .await
    }

    /// Ends the process at once, as a crash would (SIGKILL), and waits until it is gone.
    pub fn kill9(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.child.kill().expect("it can be killed");
            process.end();
        }
    }

    /// Starts the server again on the same data and port; kills it first if it still runs.
    pub async fn restart(&mut self) {
        self.kill9();
        let mut command = Command::new(binary());
        command
            .args(["serve", "--listen", &self.address, "--data"])
            .arg(self.data())
            .arg("--config")
            .arg(&self.config)
            .env_clear()
            .env("COUNTERSIGN_LOG", "trace")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let (process, first_line) = Process::start(command, &self.log);
        self.process = Some(process);
        let line = off_the_runtime(move || first_line.recv_timeout(PATIENCE)).await;
        let listening = line.ok().and_then(|line| {
            let (address, issuer) = line
                .strip_prefix("listening on http://")?
                .split_once(" as ")?;
            Some((address.to_owned(), issuer.to_owned()))
        });
        let Some((address, issuer)) = listening else {
            self.kill9();
            panic!("the server did not start:\n{}", self.logs().join("\n"));
        };
        self.address = address;
        if self.http.is_none() {
            self.http = Some(Http::new(&issuer).expect("the issuer is one"));
        }
        assert_eq!(self.issuer(), issuer, "the same server as before");
    }

    /// Asks the server to stop (SIGTERM) and waits until it has.
    pub async fn stop(&mut self) -> ExitStatus {
        let mut process = self.process.take().expect("the server runs");
        let told = Command::new("kill")
            .args(["-TERM", &process.child.id().to_string()])
            .status();
        assert!(told.is_ok_and(|status| status.success()), "it can be told");
        let ended = tokio::task::spawn_blocking(move || process.end());
        let ended = tokio::time::timeout(PATIENCE, ended).await;
        ended
            .expect("the server stops")
            .expect("it can be waited for")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill9();
    }
}

impl Process {
    /// Starts `command` and keeps what it writes; the first line of its standard output comes separately.
    fn start(mut command: Command, log: &Log) -> (Self, Receiver<String>) {
        let mut child = command.spawn().expect("the program starts");
        let (tell, first_line) = channel();
        let stdout = child.stdout.take().expect("it is piped");
        let stderr = child.stderr.take().expect("it is piped");
        let readers = vec![
            keep_lines(stdout, Arc::clone(log), move |line| {
                // Only the first line is waited for.
                drop(tell.send(line.to_owned()));
            }),
            keep_lines(stderr, Arc::clone(log), |_| ()),
        ];
        (Self { child, readers }, first_line)
    }

    /// Waits until the process has ended and all that it wrote is read.
    fn end(&mut self) -> ExitStatus {
        let status = self.child.wait().expect("it can be waited for");
        for reader in self.readers.drain(..) {
            reader.join().expect("readers do not panic");
        }
        status
    }
}

fn keep_lines(
    from: impl Read + Send + 'static,
    log: Log,
    each: impl Fn(&str) + Send + 'static,
) -> JoinHandle<()> {
    std::thread::spawn(move || {
        for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            each(&line);
            log.lock().expect("no reader panics").push(line);
        }
    })
}

async fn off_the_runtime<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.expect("it ends")
}

/// The program: `$COUNTERSIGN_BIN`, or the one that lies beside this test's own folder `deps`.
#[expect(
    clippy::disallowed_methods,
    reason = "the harness's one look at the environment"
)]
fn binary() -> PathBuf {
    let path = std::env::var_os("COUNTERSIGN_BIN").map_or_else(
        || {
            let test = std::env::current_exe().expect("this test's own path");
            let target = test.parent().and_then(Path::parent);
            target.expect("a test lies in deps").join("countersign")
        },
        PathBuf::from,
    );
    assert!(
        path.is_file(),
        "there is no program at {}; run: cargo build -p countersign",
        path.display()
    );
    path
}
