//! READ: from what the user names to text: a JSON file, standard input, or a binary plan.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use sha2::{Digest as _, Sha256};

use crate::terraform::read::decode::decode;
use crate::terraform::read::error::ReadError;
use crate::terraform::read::pages::{self, Bytes};

/// A plan's JSON and where it came from.
pub struct Input {
    /// As the user named it.
    pub name: String,
    json: Bytes,
    /// The text, where it had to be decoded; else it is `json` itself.
    decoded: OnceLock<String>,
    /// Digests of the very bytes that were read, when they were asked for.
    pub digests: Option<Digests>,
}

impl Input {
    /// The plan JSON as text.
    ///
    /// # Errors
    /// [`ReadError::Encoding`] when it is in none of the encodings that plans are written in.
    pub fn text(&self) -> Result<&str, ReadError> {
        Ok(match decode(&self.json)? {
            Cow::Borrowed(text) => text,
            Cow::Owned(text) => self.decoded.get_or_init(|| text),
        })
    }
}

/// SHA-256, lower-case hexadecimal.
pub struct Digests {
    /// Of the JSON, as it stands in the file or as it was shown.
    pub json: String,
    /// Of the binary plan that the JSON was shown of.
    pub binary: Option<String>,
}

/// Reads a plan: a path, or `-` for standard input. A binary plan is shown by `terraform` (or
/// `tofu`): `terraform_bin` if given, else the first of the two in PATH.
///
/// # Errors
/// [`ReadError`] when it cannot be opened or shown.
pub fn load(name: &str, terraform_bin: Option<&Path>, digest: bool) -> Result<Input, ReadError> {
    let bytes = read(name)?;
    let (json, binary) = if is_binary_plan(&bytes) {
        // A copy is shown: the file may be another by the time that terraform opens it.
        let mut copy = tempfile::NamedTempFile::new().map_err(|e| unreadable(&e))?;
        copy.write_all(&bytes).and_then(|()| copy.flush()).map_err(|e| unreadable(&e))?;
        let path = std::path::absolute(name).map_err(|e| unreadable(&e))?;
        let folder = if name == "-" { Path::new(".") } else { working_folder(&path) };
        (show(copy.path(), folder, terraform_bin)?.into(), Some(bytes))
    } else {
        (bytes, None)
    };
    let digests =
        digest.then(|| Digests { json: sha256(&json), binary: binary.as_deref().map(sha256) });
    Ok(Input { name: name.to_owned(), json, decoded: OnceLock::new(), digests })
}

/// A plan's JSON that is at hand already. Nothing else is taken, and no program is started.
#[must_use]
pub fn given(name: &str, json: Vec<u8>) -> Input {
    Input { name: name.to_owned(), json: json.into(), decoded: OnceLock::new(), digests: None }
}

/// The digest of a file that may be a plan, and whether it is a binary one.
///
/// # Errors
/// [`ReadError::Unreadable`] when it cannot be read.
pub fn digest(name: &str) -> Result<(String, bool), ReadError> {
    let bytes = read(name)?;
    Ok((sha256(&bytes), is_binary_plan(&bytes)))
}

fn read(name: &str) -> Result<Bytes, ReadError> {
    if name != "-" {
        return pages::read(Path::new(name)).map_err(|e| unreadable(&e));
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes).map_err(|e| unreadable(&e))?;
    Ok(bytes.into())
}

fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
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
