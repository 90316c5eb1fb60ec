//! What the lake promises, through its public face and a reader's eyes.

mod commits;
mod crashes;
mod parts;
