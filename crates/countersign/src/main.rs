//! The `countersign` program; all of it is in the library beside this file, so that tests and examples reach it.

use std::process::ExitCode;

fn main() -> ExitCode {
    countersign::run()
}
