//! READ: bytes become trees, as Kubernetes reads them.

mod comments;
mod json;
mod scalar;
#[cfg(test)]
mod tests;
mod yaml;

pub use comments::{Comment, comments};

use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::error::Fault;
use crate::model::node::Node;

/// How deep values may nest; CRDs, the deepest of all manifests, reach 60.
const DEPTH: usize = 200;
/// How many values a file may hold; the largest bundles hold a fifth of it.
const NODES: usize = 500_000;
/// How many values aliases may bring; go-yaml starts to refuse at twice as many.
const COPIES: usize = 200_000;
/// How long a file may be, in bytes; an object may have 1.5 MB in a cluster.
pub const LONGEST: u64 = 32 << 20;

/// The text of a file: UTF-8, with or without a byte order mark, or UTF-16 with one.
///
/// # Errors
/// When it is no text.
pub fn text(bytes: Vec<u8>) -> Result<String, Fault> {
    let wrong = || Fault::whole("manifest::encoding", "the file is not UTF-8 text");
    let text = match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => {
            let (text, bad) = encoding_rs::UTF_16LE.decode_without_bom_handling(rest);
            if bad { Err(wrong()) } else { Ok(text.into_owned()) }
        }
        [0xfe, 0xff, rest @ ..] => {
            let (text, bad) = encoding_rs::UTF_16BE.decode_without_bom_handling(rest);
            if bad { Err(wrong()) } else { Ok(text.into_owned()) }
        }
        _ => String::from_utf8(bytes).map_err(|_| wrong()),
    }?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

/// Every document of a text: YAML, JSON, or several of either.
///
/// # Errors
/// When it cannot be read to its end.
pub fn documents(text: &str) -> Result<Vec<Node>, Fault> {
    read(text, false)
}

/// The same, without what readers of manifests differ on.
///
/// # Errors
/// When it cannot be read to its end, or not by all alike.
pub fn unambiguous(text: &str) -> Result<Vec<Node>, Fault> {
    read(text, true)
}

fn read(text: &str, strict: bool) -> Result<Vec<Node>, Fault> {
    if strict {
        refuse_strange_lines(text)?;
    }
    if !text.trim_start().starts_with('{') {
        return yaml::documents(text, strict);
    }
    match json::documents(text) {
        Err(fault) if fault.code == "manifest::syntax" => {
            // `{a: b}` begins like JSON and is YAML.
            yaml::documents(text, strict)
                .map_err(|other| if other.line > fault.line { other } else { fault })
        }
        read => read,
    }
}

/// Lines that Kubernetes cuts the file at, or begins JSON with, and a reader of YAML does not: it
/// knows more spaces, and takes `---#` for `---`.
fn refuse_strange_lines(text: &str) -> Result<(), Fault> {
    let strange = |c: char| c.is_whitespace() && !matches!(c, ' ' | '\t' | '\r' | '\n');
    for (i, line) in text.split(['\n', '\r']).enumerate() {
        let begins = line.trim_start_matches([' ', '\t']).starts_with(strange);
        let cuts = line.strip_prefix("---").is_some_and(|rest| {
            rest.contains(strange) || !(rest.is_empty() || rest.starts_with([' ', '\t']))
        });
        if begins || cuts {
            // Counting line feeds only: of `\r\n` the first makes an empty line.
            let breaks = text.split(['\n', '\r']).take(i).map(|line| line.len() + 1).sum::<usize>();
            let number = text.get(..breaks).unwrap_or_default().matches('\n').count() + 1;
            let message = "parsers differ in where a document starts here: put `---` on its own line, and \
                           use plain spaces";
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            return Err(Fault::at("manifest::syntax", number, 1, message));
        }
    }
    Ok(())
}

/// Keys of a file, each held once.
#[derive(Default)]
struct Keys(FxHashSet<Arc<str>>);

impl Keys {
    fn hold(&mut self, key: &str) -> Arc<str> {
        if let Some(shared) = self.0.get(key) {
            return Arc::clone(shared);
        }
        let shared: Arc<str> = key.into();
        self.0.insert(Arc::clone(&shared));
        shared
    }
}
