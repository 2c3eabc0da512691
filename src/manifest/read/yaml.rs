//! Composes trees from the events of a YAML parser, as Kubernetes reads them: types of YAML 1.1,
//! anchors and aliases within a budget, merge keys; a key that stands twice is a mistake.

use std::collections::HashMap;
use std::sync::Arc;

use granit_parser::{
    Event, Options, Parser, ScalarStyle, ScanError, Span, StrInput, StructureStyle, Tag,
};

use super::scalar;
use super::{COPIES, DEPTH, Keys, NODES};
use crate::manifest::error::Fault;
use crate::model::node::{Content, Entry, Node, Place};

/// Every document of a text; those that hold nothing are left out. `strict` refuses what Kubernetes
/// and other readers of manifests read differently.
pub(super) fn documents(text: &str, strict: bool) -> Result<Vec<Node>, Fault> {
    refuse_strange(text)?;
    let mut composer = Composer { strict, ..Composer::default() };
    let mut options = Options::default();
    // Kubernetes ends the last line where the file does not.
    options.block_scalar_eof_without_line_feed = !strict;
    options.emit_comments = false;
    options.emit_anchor_events = true;
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut documents = Vec::new();
    while let Some(event) = next(&mut parser)? {
        let (event, span) = event;
        match event {
            Event::StreamEnd => break,
            Event::DocumentStart(..) => composer.anchors.clear(),
            Event::DocumentEnd | Event::StreamStart => {}
            // `&a:b c` has the anchor `a` for Kubernetes.
            Event::Anchor(_, name) => {
                let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
                if !name.chars().all(plain) {
                    let place = place(span);
                    let message = "parsers differ in where this anchor name ends";
                    return Err(Fault::at("manifest::alias", place.line, place.column, message));
                }
            }
            event => {
                if strict && takes_colon(&event, text, span) {
                    let place = place(span);
                    let why = "parsers differ in whether the colon is part of the key: write a \
                               space after it";
                    return Err(Fault::at("manifest::syntax", place.line, place.column, why));
                }
                if let Some(node) = composer.take(event, span)?
                    && node.content != Content::Null
                {
                    documents.push(node);
                }
            }
        }
    }
    Ok(documents)
}

/// `{a:, b}` and `[a:]` hold a text `a:` for Kubernetes, where YAML has a key `a`.
fn takes_colon(event: &Event<'_>, text: &str, span: Span) -> bool {
    let plain = matches!(event, Event::Scalar(_, ScalarStyle::Plain, ..));
    let behind = || text.get(span.byte_range()?.end..);
    plain && behind().is_some_and(|rest| [":,", ":]", ":}"].iter().any(|end| rest.starts_with(end)))
}

type Located<'s> = (Event<'s>, Span);

fn next<'s>(parser: &mut Parser<'s, StrInput<'s>>) -> Result<Option<Located<'s>>, Fault> {
    parser.next_event().transpose().map_err(|error: ScanError| {
        let place = place(Span::empty(*error.marker()));
        Fault::at(
            "manifest::syntax",
            place.line,
            place.column,
            format!("not valid YAML: {}", error.info()),
        )
    })
}

/// Characters that YAML 1.1 and 1.2 read differently, or that Kubernetes refuses.
fn refuse_strange(text: &str) -> Result<(), Fault> {
    let fine = |byte: u8| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~');
    if text.bytes().all(fine) {
        return Ok(());
    }
    let strange = |c: char| {
        !matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{a0}'..='\u{2027}'
            | '\u{202a}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' | '\u{10000}'..)
    };
    let Some((at, c)) = text.char_indices().find(|(_, c)| strange(*c)) else { return Ok(()) };
    let before = text.get(..at).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let code = match c {
        '\u{85}' | '\u{2028}' | '\u{2029}' => "manifest::line-break",
        _ => "manifest::encoding",
    };
    let name = format!("the character U+{:04X} is not allowed here", u32::from(c));
    Err(Fault::at(code, narrow(line), narrow(column), name))
}

/// What is being built.
#[derive(Default)]
struct Composer {
    strict: bool,
    open: Vec<Frame>,
    anchors: HashMap<usize, Anchor>,
    nodes: usize,
    copies: usize,
    keys: Keys,
}

enum Anchor {
    /// Still being built: whoever names it now stands inside it.
    Open,
    Done(Node, usize),
}

struct Frame {
    place: Place,
    anchor: usize,
    /// How many nodes there were when it began.
    before: usize,
    /// Whether it is written in brackets or braces.
    flow: bool,
    kind: Kind,
}

enum Kind {
    List(Vec<Node>),
    Map(Members, Option<(Key, Place)>),
}

enum Key {
    Plain(Arc<str>),
    Merge,
}

impl Composer {
    /// Takes an event in; the document, when it is complete.
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<Option<Node>, Fault> {
        let place = place(span);
        self.nodes += 1;
        if self.nodes > NODES {
            return Err(Fault::at(
                "manifest::too-large",
                place.line,
                place.column,
                "the file contains too many values",
            ));
        }
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                if let Some(why) = self.differs(&text, style, tag.is_some()) {
                    return Err(Fault::at("manifest::syntax", place.line, place.column, why));
                }
                if self.wants_key() {
                    return self.key(&text, style, anchor, tag.as_deref(), place).map(|()| None);
                }
                let content = content(&text, style, tag.as_deref(), place)?;
                let node = Node { place, content };
                self.remember(anchor, &node, 1);
                self.put(node)
            }
            Event::Alias(id) => self.alias(id, place),
            Event::SequenceStart(style, anchor, _) => {
                self.begin(Kind::List(Vec::new()), style, anchor, place)
            }
            Event::MappingStart(style, anchor, _) => {
                self.begin(Kind::Map(Members::default(), None), style, anchor, place)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            _ => Ok(None),
        }
    }

    /// Why Kubernetes reads this scalar as something else.
    fn differs(&self, text: &str, style: ScalarStyle, tagged: bool) -> Option<&'static str> {
        if style != ScalarStyle::Plain {
            return None;
        }
        // `{?privileged: true}` sets `privileged`; `!!str, x` has the tag `!!str,`.
        let flow = self.open.last().is_some_and(|frame| frame.flow);
        if flow && text.starts_with(['?', ':']) {
            return Some("parsers differ in what `?` and `:` before a string mean: quote it");
        }
        (self.strict && tagged && text.is_empty())
            .then_some("parsers differ in how a tag without a value ends: write `\"\"`")
    }

    fn wants_key(&self) -> bool {
        matches!(self.open.last(), Some(Frame { kind: Kind::Map(_, None), .. }))
    }

    fn begin(
        &mut self,
        kind: Kind,
        style: StructureStyle,
        anchor: usize,
        place: Place,
    ) -> Result<Option<Node>, Fault> {
        if self.wants_key() {
            return Err(bad_key(place));
        }
        if self.open.len() >= DEPTH {
            let message = format!("nested more than {DEPTH} levels deep");
            return Err(Fault::at("manifest::too-deep", place.line, place.column, message));
        }
        if anchor > 0 {
            self.anchors.insert(anchor, Anchor::Open);
        }
        let flow = style == StructureStyle::Flow;
        self.open.push(Frame { place, anchor, before: self.nodes, flow, kind });
        Ok(None)
    }

    fn end(&mut self) -> Result<Option<Node>, Fault> {
        let Some(frame) = self.open.pop() else { return Ok(None) };
        let mut place = frame.place;
        let content = match frame.kind {
            Kind::List(mut items) => {
                items.shrink_to_fit();
                if let Some(last) = items.last() {
                    (place.end_line, place.end_column) =
                        (last.place.end_line, last.place.end_column);
                }
                Content::List(items)
            }
            Kind::Map(members, _) => {
                let mut entries = members.entries;
                entries.shrink_to_fit();
                if let (Some(first), Some(last)) = (entries.first(), entries.last()) {
                    let (start, end) = (first.key_place, last.value.place);
                    place = Place { end_line: end.end_line, end_column: end.end_column, ..start };
                }
                Content::Map(entries)
            }
        };
        let node = Node { place, content };
        self.remember(frame.anchor, &node, self.nodes - frame.before + 1);
        if self.copies > COPIES {
            return Err(excessive(place));
        }
        self.put(node)
    }

    /// Keeps what an anchor names. The copy counts against the budget.
    fn remember(&mut self, anchor: usize, node: &Node, size: usize) {
        if anchor > 0 {
            self.copies += size;
            let kept =
                if self.copies > COPIES { Anchor::Open } else { Anchor::Done(node.clone(), size) };
            self.anchors.insert(anchor, kept);
        }
    }

    fn alias(&mut self, id: usize, place: Place) -> Result<Option<Node>, Fault> {
        if self.copies > COPIES {
            return Err(excessive(place));
        }
        let (node, size) = match self.anchors.get(&id) {
            Some(Anchor::Done(node, size)) => (node, *size),
            Some(Anchor::Open) => {
                let message = "an anchor contains an alias to itself";
                return Err(Fault::at("manifest::alias", place.line, place.column, message));
            }
            None => {
                let message = "an alias names an anchor that is not defined";
                return Err(Fault::at("manifest::alias", place.line, place.column, message));
            }
        };
        self.copies += size;
        if self.copies > COPIES {
            return Err(excessive(place));
        }
        let mut node = node.clone();
        // The nodes inside count for what holds them: an anchor around an alias is as large.
        self.nodes += size;
        if self.wants_key() {
            let key = named(&node.content).ok_or_else(|| bad_key(place))?;
            let key = self.keys.hold(&key);
            self.set_key(Key::Plain(key), place);
            return Ok(None);
        }
        if node.is_scalar() {
            node.place = place;
        }
        self.put(node)
    }

    fn key(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        place: Place,
    ) -> Result<(), Fault> {
        let plain = style == ScalarStyle::Plain && tag.is_none();
        let content = content(text, style, tag, place)?;
        let key = if plain && text == "<<" {
            Key::Merge
        } else {
            Key::Plain(self.keys.hold(&named(&content).ok_or_else(|| bad_key(place))?))
        };
        self.remember(anchor, &Node { place, content }, 1);
        self.set_key(key, place);
        Ok(())
    }

    fn set_key(&mut self, name: Key, place: Place) {
        if let Some(Frame { kind: Kind::Map(_, key), .. }) = self.open.last_mut() {
            *key = Some((name, place));
        }
    }

    /// Puts a finished node where it belongs.
    fn put(&mut self, node: Node) -> Result<Option<Node>, Fault> {
        let strict = self.strict;
        match self.open.last_mut().map(|frame| &mut frame.kind) {
            None => return Ok(Some(node)),
            Some(Kind::List(items)) => items.push(node),
            Some(Kind::Map(members, key)) => match key.take() {
                Some((Key::Merge, place)) => members.merge(node, place, strict)?,
                Some((Key::Plain(key), place)) => {
                    members.insert(Entry { key, key_place: place, value: node })?;
                }
                None => return Err(bad_key(node.place)),
            },
        }
        Ok(None)
    }
}

/// The members of an object while it is read.
#[derive(Default)]
struct Members {
    entries: Vec<Entry>,
    /// Whether the object itself writes the entry; else it came by a merge and may be replaced.
    written: Vec<bool>,
    index: HashMap<Arc<str>, usize>,
}

impl Members {
    fn find(&mut self, key: &str) -> Option<usize> {
        if self.entries.len() < 16 {
            return self.entries.iter().position(|entry| &*entry.key == key);
        }
        for (i, entry) in self.entries.iter().enumerate().skip(self.index.len()) {
            self.index.insert(entry.key.clone(), i);
        }
        self.index.get(key).copied()
    }

    fn insert(&mut self, entry: Entry) -> Result<(), Fault> {
        let found = self.find(&entry.key);
        if found.is_some_and(|i| self.written.get(i) == Some(&true)) {
            let place = entry.key_place;
            let message = format!("duplicate key `{}` in one object", entry.key);
            return Err(Fault::at("manifest::duplicate-key", place.line, place.column, message));
        }
        self.set(found, entry, true);
        Ok(())
    }

    fn set(&mut self, found: Option<usize>, entry: Entry, written: bool) {
        match found.and_then(|i| Some((self.entries.get_mut(i)?, self.written.get_mut(i)?))) {
            Some((slot, mark)) => {
                *slot = entry;
                *mark = written;
            }
            None => {
                self.entries.push(entry);
                self.written.push(written);
            }
        }
    }

    /// `<<`: takes the members of another object over. They replace what stands before it, and are
    /// replaced by what stands behind it: that is what Kubernetes does, whatever YAML says.
    fn merge(&mut self, node: Node, place: Place, strict: bool) -> Result<(), Fault> {
        let parts = match node.content {
            Content::Map(entries) => vec![entries],
            Content::List(items) => {
                let maps = items.into_iter().map(|item| match item.content {
                    Content::Map(entries) => Some(entries),
                    _ => None,
                });
                // The first one counts most, so it is written last.
                maps.rev().collect::<Option<Vec<_>>>().ok_or_else(|| bad_merge(place))?
            }
            _ => return Err(bad_merge(place)),
        };
        for entry in parts.into_iter().flatten() {
            let found = self.find(&entry.key);
            // Kubernetes lets the merge win, kustomize and others the member that is written out.
            let written = found.filter(|i| self.written.get(*i) == Some(&true));
            let written = written.and_then(|i| self.entries.get(i));
            if strict && written.is_some_and(|written| !written.value.same(&entry.value)) {
                let message = format!("`<<` comes after `{}`, which it would replace", entry.key);
                return Err(Fault::at("manifest::merge-order", place.line, place.column, message));
            }
            self.set(found, entry, false);
        }
        Ok(())
    }
}

fn content(
    text: &str,
    style: ScalarStyle,
    tag: Option<&Tag>,
    place: Place,
) -> Result<Content, Fault> {
    let found = match tag {
        None if style == ScalarStyle::Plain => scalar::plain(text),
        None => Some(scalar::text(text)),
        Some(tag) => match tag.suffix_in_namespace("tag:yaml.org,2002:") {
            // A merge key by its long name.
            Some(name) if name == "merge" => None,
            Some(name) => scalar::tagged(&name, text),
            None => Some(scalar::text(text)),
        },
    };
    found.ok_or_else(|| {
        let message = "this value does not match its type tag";
        Fault::at("manifest::value", place.line, place.column, message)
    })
}

/// The key that Kubernetes makes of a scalar.
fn named(content: &Content) -> Option<String> {
    match content {
        Content::Text(text) => Some(text.to_string()),
        Content::Bool(flag) => Some(flag.to_string()),
        Content::Int(number) => Some(number.to_string()),
        #[expect(clippy::cast_possible_truncation, reason = "Kubernetes writes such a key as f32")]
        Content::Float(number) => Some(shortest(*number as f32)),
        Content::Null | Content::List(_) | Content::Map(_) => None,
    }
}

/// As Go's `%g` writes it: with an exponent from a million on.
fn shortest(number: f32) -> String {
    let text = format!("{number:e}");
    match text.split_once('e').and_then(|(head, tail)| Some((head, tail.parse::<i32>().ok()?))) {
        Some((head, power)) if !(-4..6).contains(&power) => {
            let sign = if power < 0 { '-' } else { '+' };
            format!("{head}e{sign}{:02}", power.abs())
        }
        _ => number.to_string(),
    }
}

fn bad_key(place: Place) -> Fault {
    Fault::at(
        "manifest::syntax",
        place.line,
        place.column,
        "a key must be a string, a number or a boolean",
    )
}

fn bad_merge(place: Place) -> Fault {
    let message = "`<<` takes an object or a list of objects";
    Fault::at("manifest::syntax", place.line, place.column, message)
}

fn excessive(place: Place) -> Fault {
    Fault::at("manifest::alias", place.line, place.column, "the aliases make the file too large")
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn place(span: Span) -> Place {
    Place {
        line: narrow(span.start.line()),
        column: narrow(span.start.col() + 1),
        end_line: narrow(span.end.line()),
        end_column: narrow(span.end.col() + 1),
    }
}
