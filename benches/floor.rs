//! What no reader of JSON in this language goes below: the file read, checked to be JSON, and
//! nothing kept. `cargo bench --bench floor -- plan.json`; benches/peers compares with it.

use std::io::{self, Write};

fn main() -> io::Result<()> {
    let Some(path) = std::env::args().skip(1).find(|word| !word.starts_with('-')) else {
        return writeln!(io::stderr(), "floor: name a file");
    };
    let text = std::fs::read_to_string(path)?;
    serde_json::from_str::<serde::de::IgnoredAny>(&text)?;
    Ok(())
}
