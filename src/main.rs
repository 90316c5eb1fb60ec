//! Arguments in, exit code out.

use std::process::ExitCode;

// Answers and batches come and go on many threads; glibc's allocator keeps much of what
// they free, so that a run's peak grew with the site; `make bench` measures what is left of that.
#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    jira_feeds::cli::main()
}
