//! Lines from standard input, with a limit, and without standing in the way of the end of the program.

use std::io::{self, BufRead, IsTerminal as _, Read as _};
use std::thread;

use tokio::sync::mpsc;

/// Bytes of a line; passwords and codes are far shorter.
const MAX_LINE_BYTES: u64 = 4096;

/// Whether a person may be typing.
pub(crate) fn stdin_is_terminal() -> bool {
    io::stdin().is_terminal()
}

/// The next line without its end; `None` at the end of input. A longer line than any honest one is an error.
pub(crate) fn first_line(input: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    let read = input
        .by_ref()
        .take(MAX_LINE_BYTES)
        .read_until(b'\n', &mut line)?;
    if read == 0 {
        return Ok(None);
    }
    if line.last() != Some(&b'\n') && line.len() as u64 == MAX_LINE_BYTES {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "the line is too long",
        ));
    }
    let line = String::from_utf8(line)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "the line is not UTF-8"))?;
    Ok(Some(line.trim_end_matches(['\r', '\n']).to_owned()))
}

/// The lines of standard input as they come, for use beside other events.
pub(crate) struct Lines {
    lines: mpsc::Receiver<String>,
}

impl Lines {
    /// Begins to read. The thread is not joined: a read from a terminal cannot be broken off, and the end of the
    /// program must not wait for it.
    pub(crate) fn start() -> Self {
        let (sender, lines) = mpsc::channel(1);
        thread::spawn(move || {
            let mut stdin = io::stdin().lock();
            while let Ok(Some(line)) = first_line(&mut stdin) {
                if sender.blocking_send(line).is_err() {
                    break;
                }
            }
        });
        Self { lines }
    }

    /// The next line; `None` at the end of input. May be dropped and called again.
    pub(crate) async fn next(&mut self) -> Option<String> {
        self.lines.recv().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_loses_its_end_and_nothing_else() {
        let mut input: &[u8] = b" pass word \r\nnext";
        assert_eq!(
            first_line(&mut input).unwrap().as_deref(),
            Some(" pass word ")
        );
        assert_eq!(first_line(&mut input).unwrap().as_deref(), Some("next"));
        assert_eq!(first_line(&mut input).unwrap(), None);
    }

    #[test]
    fn an_endless_line_is_refused() {
        let endless = vec![b'x'; 10_000];
        assert!(first_line(&mut endless.as_slice()).is_err());
    }
}
