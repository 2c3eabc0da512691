//! What looks like a secret: forms that keys have, names that secrets have, scripts that set them.
//!
//! Nothing here returns a piece of what it looked at: a hit is words of ours and no more.

pub mod forms;
pub mod names;
pub mod scripts;
pub mod walk;
