//! Writes a plan of N resources to standard output: `cargo bench --bench generate -- 10000 > plan.json`.

#[path = "shared/replicate.rs"]
mod replicate;

use std::io::{self, BufWriter, Write};

fn main() -> io::Result<()> {
    // `cargo bench` adds the flag `--bench`.
    let Some(resources) = std::env::args().skip(1).find_map(|word| word.parse().ok()) else {
        return writeln!(io::stderr(), "generate: give the number of resources");
    };
    let mut out = BufWriter::with_capacity(1 << 20, io::stdout().lock());
    replicate::write(resources, &mut out)?;
    out.flush()
}
