//! Container images: what a reference names.

mod reference;

pub(crate) use reference::Image;
