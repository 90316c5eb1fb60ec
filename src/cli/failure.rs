//! What ends a command without a result: a message for people and an exit code for programs.

use crate::catalog::CatalogError;
use crate::config::ConfigError;
use crate::credential::CredentialError;
use crate::lake::LakeError;
use crate::run::RunError;

/// A command that could not do what it was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) exit_code: u8,
    /// Whether stderr says it already.
    pub(crate) is_told: bool,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>, exit_code: u8) -> Self {
        Self { message: message.into(), exit_code, is_told: false }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(message, 2)
    }

    pub(crate) fn unexpected(what: &str, error: &dyn std::error::Error) -> Self {
        let message = format!("Cannot {what}: {}", with_causes(error));
        Self { message, exit_code: 1, is_told: false }
    }
}

/// The message with those of its causes that it does not hold already.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = error.source();
    }
    text
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::usage(with_causes(&error))
    }
}

impl From<CatalogError> for Failure {
    fn from(error: CatalogError) -> Self {
        Self::usage(with_causes(&error))
    }
}

impl From<CredentialError> for Failure {
    fn from(error: CredentialError) -> Self {
        Self::usage(with_causes(&error))
    }
}

impl From<LakeError> for Failure {
    fn from(error: LakeError) -> Self {
        Self::usage(with_causes(&error))
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        Self { message: with_causes(&error), exit_code: error.exit_code(), is_told: false }
    }
}
