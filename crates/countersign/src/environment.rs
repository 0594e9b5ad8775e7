//! The one place where the commands read the environment.

use std::ffi::OsString;
use std::path::PathBuf;

/// Whether the person asked for no colour (<https://no-color.org>): set to anything but the empty string.
pub(crate) fn no_colour() -> bool {
    variable("NO_COLOR").is_some()
}

/// The folder for what a program keeps between runs: `$XDG_STATE_HOME/countersign` or `~/.local/state/countersign`
/// (XDG base directory specification). None without a home.
pub(crate) fn state_folder() -> Option<PathBuf> {
    let base = match variable("XDG_STATE_HOME").map(PathBuf::from) {
        // The specification: a relative path is to be ignored.
        Some(folder) if folder.is_absolute() => folder,
        _ => PathBuf::from(variable("HOME")?).join(".local/state"),
    };
    Some(base.join("countersign"))
}

/// What the server logs, in the form of `tracing`'s filters (`debug`, `countersign_http=trace`).
pub(crate) fn log_filter() -> Option<String> {
    variable("COUNTERSIGN_LOG").map(|filter| filter.to_string_lossy().into_owned())
}

/// The variables that may be settings of the server: all with the program's prefix.
pub(crate) fn settings() -> Vec<(String, OsString)> {
    let named =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    let mut ours: Vec<_> = named
        .filter(|(name, _)| name.starts_with("COUNTERSIGN_"))
        .collect();
    // In order, so that complaints are too.
    ours.sort();
    ours
}

/// This computer's name, where the system tells it.
pub(crate) fn host_name() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the commands' one reader of the environment"
)]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
