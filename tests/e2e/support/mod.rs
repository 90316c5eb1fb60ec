//! What every end-to-end test needs: a site, a lake, a config, the binary, and a reader of what landed.

pub mod changing;
pub mod evidence;
mod expected;
pub mod figures;
mod history;
mod lake;
mod meant;
mod mount;
mod outcome;
pub mod process;
pub mod saved;
mod scene;
pub mod secret;
mod shown;
mod table;
pub mod tls;
mod truths;

pub use expected::Compared;
pub use history::{History, Step, feeds};
pub use lake::{Lake, rows_of};
pub use mount::Mount;
pub use outcome::Ran;
pub use scene::{ADMIN, Account, NOBROWSE, NOSOFTWARE, PLAIN, Scene};
pub use shown::shown;
pub use table::{Row, SYSTEM_COLUMNS, Table, instant};
pub use truths::{TRUTHS, plain, without_embedded};
