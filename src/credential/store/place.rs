//! Where the user's saved credentials are.

use super::StoreError;
use crate::credential::Environment;
use etcetera::BaseStrategy as _;
use std::path::PathBuf;

/// The variable that names the folder of this program's own files.
const VARIABLE: &str = "JIRA_FEEDS_CONFIG_DIR";

/// The folder `credentials` below the variable's, or below `jira-feeds` in the user's config folder:
/// `$XDG_CONFIG_HOME` or `~/.config` on Unix, `%APPDATA%` on Windows.
pub(super) fn folder(environment: &Environment) -> Result<PathBuf, StoreError> {
    let named = environment.get(VARIABLE).filter(|value| !value.is_empty());
    let ours = match named {
        Some(folder) => PathBuf::from(folder),
        None => etcetera::choose_base_strategy()
            .map_err(|_| StoreError::NoFolder)?
            .config_dir()
            .join("jira-feeds"),
    };
    Ok(ours.join("credentials"))
}
