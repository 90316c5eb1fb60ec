//! Arguments in, exit code out.

use std::process::ExitCode;

// Answers and batches come and go on many threads; the system's allocator keeps what they free, and
// a run's memory grows with the site. `make bench` measures it.
#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    jira_feeds::cli::main()
}
