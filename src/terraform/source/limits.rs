//! What may be handed to the parser.

/// Most `=` and `:` in a file: the parser compares each key of an object with all those before.
pub(super) const MAX_ASSIGNMENTS: usize = 30_000;

/// Whether a text can be handed to the parser, whose time grows with the square of the keys of an
/// object.
pub(super) fn is_sane(text: &str) -> bool {
    text.bytes().filter(|byte| matches!(byte, b'=' | b':')).count() <= MAX_ASSIGNMENTS
}
