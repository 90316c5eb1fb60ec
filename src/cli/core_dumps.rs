//! No memory image of a crash is written: the token would stand in it.

/// Forbids core dumps of this process and of the commands that it starts.
#[cfg(unix)]
pub(crate) fn forbid() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    if let Err(error) = setrlimit(Resource::Core, none) {
        tracing::warn!(%error, "core dumps stay allowed; after a crash one could hold the token");
    }
}

/// Other systems write a memory image only where they are set up to.
#[cfg(not(unix))]
pub(crate) fn forbid() {}
