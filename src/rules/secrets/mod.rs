//! What looks like a secret: forms that keys have, names that secrets have, scripts that set them.
//!
//! Nothing here returns a piece of what it looked at: a hit is words of ours and no more.

mod forms;
pub(crate) mod names;
mod scripts;
pub(crate) mod walk;
