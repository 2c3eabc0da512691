//! Tests over folders of source and plans that are made up.
