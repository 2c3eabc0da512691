//! Embeds what the binary ships with.

fn main() {}
