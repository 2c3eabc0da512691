//! Finds and reads holdpoint.toml.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use miette::NamedSource;

use crate::decide::{self, Config};
use crate::error::Error;
use crate::gate;
use crate::model::rule::Meta;
use crate::receipt;
use crate::rules::catalogue;
use crate::rules::kubernetes::KubernetesRule;

use super::output::reason;

/// The file's name.
pub(super) const NAME: &str = "holdpoint.toml";

/// No configuration is this long; what is, is something else.
const LIMIT: u64 = 1 << 20;

/// The configuration, and the folder that its paths are relative to.
#[derive(Default)]
pub(super) struct Loaded {
    pub(super) config: Config,
    pub(super) folder: PathBuf,
    /// SHA-256 of the file, if there is one.
    pub(super) digest: Option<String>,
    /// The rules about manifests that `[manifests] rules` names.
    pub(super) manifest_rules: Vec<KubernetesRule>,
}

/// Reads the configuration that is named, else the one found upwards from the working directory,
/// else takes the defaults.
pub(super) fn load(named: Option<&Path>, today: Date) -> Result<Loaded, Vec<Error>> {
    load_with(named, today, &[])
}

/// The same; the configuration may set these rules besides those that holdpoint ships.
pub(super) fn load_with(
    named: Option<&Path>,
    today: Date,
    more: &[&Meta],
) -> Result<Loaded, Vec<Error>> {
    load_text(named, today, more).map(|(_, loaded)| loaded)
}

/// The same, with the text of the file; empty without one.
pub(super) fn load_text(
    named: Option<&Path>,
    today: Date,
    more: &[&Meta],
) -> Result<(String, Loaded), Vec<Error>> {
    let path = match named {
        Some(path) => Some(path.to_owned()),
        None => find(),
    };
    let Some(path) = path else {
        return Ok(<(String, Loaded)>::default());
    };
    let file = shown(&path);
    let text =
        read(&path).map_err(|message| vec![Error::ConfigRead { file: file.clone(), message }])?;
    let mut rules: Vec<&Meta> = catalogue::metas().collect();
    let of_guard = gate::guard_rules();
    rules.extend(&of_guard);
    rules.extend(more);
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    let manifest_rules = match decide::manifest_rules(&text) {
        Some(rules) => gate::own_rules(&folder.join(rules))
            .map_err(|problems| problems.into_iter().map(Error::Plan).collect::<Vec<_>>())?,
        None => Vec::new(),
    };
    rules.extend(manifest_rules.iter().map(|rule| &rule.meta));
    let digest = Some(receipt::sha256(text.as_bytes()));
    let config = Config::parse(&text, &rules, today).map_err(|faults| {
        let text = without_controls(text.clone());
        let source = |text: &str| Box::new(NamedSource::new(&file, text.to_owned()));
        faults
            .into_iter()
            .map(|fault| Error::Config { source: source(&text), fault })
            .collect::<Vec<_>>()
    })?;
    Ok((text, Loaded { config, folder, digest, manifest_rules }))
}

/// The nearest holdpoint.toml, up to the root of the repository or of the file system. Paths stay
/// relative, so that no output names a folder of this machine.
fn find() -> Option<PathBuf> {
    let mut folder = std::env::current_dir().ok()?;
    let mut relative = PathBuf::new();
    loop {
        // A link that leads nowhere is found too, and then fails to be read: it is no absence.
        if fs::symlink_metadata(folder.join(NAME)).is_ok() {
            return Some(relative.join(NAME));
        }
        if fs::symlink_metadata(folder.join(".git")).is_ok() || !folder.pop() {
            return None;
        }
        relative.push("..");
    }
}

fn read(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(|error| reason(&error))?;
    file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(|error| reason(&error))?;
    if bytes.len() as u64 > LIMIT {
        return Err("the file is larger than 1 MiB".to_owned());
    }
    String::from_utf8(bytes).map_err(|_| "the file is not UTF-8 text".to_owned())
}

/// With `/` between its parts, on every system.
fn shown(path: &Path) -> String {
    path.display().to_string().replace('\\', "/")
}

/// The text with every control character replaced by one `?` per byte, so that spans stay right
/// and an excerpt cannot steer the terminal.
fn without_controls(text: String) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut safe, c| {
        if c.is_control() && !matches!(c, '\n' | '\t' | '\r') {
            safe.extend(std::iter::repeat_n('?', c.len_utf8()));
        } else {
            safe.push(c);
        }
        safe
    })
}
