//! READ: from what the user names to text: a JSON file, standard input, or a binary plan.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::decode::decode;
use super::error::ReadError;

/// A plan's text and where it came from.
pub struct Input {
    /// As the user named it.
    pub name: String,
    /// The plan JSON.
    pub text: String,
}

/// Reads a plan: a path, or `-` for standard input. A binary plan is shown by `terraform` (or
/// `tofu`): `terraform_bin` if given, else the first of the two in PATH.
///
/// # Errors
/// [`ReadError`] when it cannot be opened, shown or decoded.
pub fn load(name: &str, terraform_bin: Option<&Path>) -> Result<Input, ReadError> {
    let bytes = if name == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes).map_err(|e| unreadable(&e))?;
        bytes
    } else {
        std::fs::read(name).map_err(|e| unreadable(&e))?
    };
    let bytes = if is_binary_plan(&bytes) {
        if name == "-" {
            let mut file = tempfile::NamedTempFile::new().map_err(|e| unreadable(&e))?;
            file.write_all(&bytes).map_err(|e| unreadable(&e))?;
            show(file.path(), Path::new("."), terraform_bin)?
        } else {
            let path = std::path::absolute(name).map_err(|e| unreadable(&e))?;
            show(&path, working_folder(&path), terraform_bin)?
        }
    } else {
        bytes
    };
    Ok(Input { name: name.to_owned(), text: decode(bytes)? })
}

fn unreadable(error: &std::io::Error) -> ReadError {
    ReadError::Unreadable(match error.kind() {
        std::io::ErrorKind::NotFound => "no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        _ => error.to_string(),
    })
}

/// Terraform's plan files are ZIP archives.
fn is_binary_plan(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// The folder that holds the providers: the plan's own when it was initialised, else the current.
fn working_folder(plan: &Path) -> &Path {
    match plan.parent() {
        Some(folder) if folder.join(".terraform").is_dir() => folder,
        _ => Path::new("."),
    }
}

fn show(plan: &Path, folder: &Path, terraform_bin: Option<&Path>) -> Result<Vec<u8>, ReadError> {
    let program = match terraform_bin {
        Some(program) => absolute_program(program),
        None => in_path("terraform").or_else(|| in_path("tofu")).ok_or(ReadError::NoTerraform)?,
    };
    let output = Command::new(program)
        .args(["show", "-json", "-no-color"])
        .arg(plan)
        .current_dir(folder)
        .env("TF_IN_AUTOMATION", "1")
        .env("CHECKPOINT_DISABLE", "1")
        .env_remove("TF_LOG")
        .env_remove("TF_CLI_ARGS")
        .env_remove("TF_CLI_ARGS_show")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => ReadError::NoTerraform,
            _ => ReadError::Terraform(error.to_string()),
        })?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    // Only the headline: details may hold values.
    let text = String::from_utf8_lossy(&output.stderr);
    let line = text.lines().map(|l| l.trim_matches(['│', '╷', '╵', ' '])).find(|l| !l.is_empty());
    Err(ReadError::Terraform(line.unwrap_or("no message").chars().take(200).collect()))
}

/// A relative path with a folder in it must not depend on the child's working folder.
fn absolute_program(program: &Path) -> PathBuf {
    if program.components().count() > 1 {
        std::path::absolute(program).unwrap_or_else(|_| program.to_owned())
    } else {
        program.to_owned()
    }
}

fn in_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}
