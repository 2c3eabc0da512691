//! A place in a file, worked out once, when a report needs it.

/// Where a finding points. Lines and columns count from 1; columns count characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// Relative to the working directory where it can be, with `/` between its parts.
    pub file: String,
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
    /// The last line of the range.
    pub end_line: u32,
    /// The column after the last character of the range.
    pub end_column: u32,
    /// The text of the first line, `None` when it may not be shown.
    pub snippet: Option<String>,
}

impl Location {
    /// The start of a file: where a finding points if no line is known.
    #[must_use]
    pub fn start_of(file: impl Into<String>) -> Self {
        Self { file: file.into(), line: 1, column: 1, end_line: 1, end_column: 1, snippet: None }
    }
}
