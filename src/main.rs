//! Parses, calls the library, returns the exit code. Whatever happens, silence is no pass.

use std::env;
use std::ffi::OsString;
use std::io::Write;
use std::panic;
use std::process::ExitCode;

use holdpoint::cli;
use holdpoint::model::verdict::Exit;

fn main() -> ExitCode {
    // The message of a panic may quote the plan: only its place is printed.
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(|at| format!(" at {}:{}", at.file(), at.line()));
        let line = format!(
            "holdpoint: internal error{}; no verdict was reached, please report this\n",
            place.unwrap_or_default()
        );
        let _ = std::io::stderr().write_all(line.as_bytes());
    }));
    let args: Vec<OsString> = env::args_os().collect();
    let exit = panic::catch_unwind(|| cli::run(&args))
        .or_else(|_| panic::catch_unwind(|| cli::after_panic(&args)))
        .unwrap_or(Exit::Undecided as u8);
    ExitCode::from(exit)
}
