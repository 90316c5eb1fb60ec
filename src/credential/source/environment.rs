//! A secret in an environment variable: for containers, CI and Airflow.

use super::{ReadSecret, Reading};
use crate::credential::{ApiToken, Environment, SecretError};

/// The name of a variable.
#[derive(Debug, Clone)]
pub struct Variable(pub(super) String);

impl Variable {
    /// A pasted token where the name belongs must not come back in a message; what is not a name is
    /// therefore refused unseen.
    pub(super) fn check(&self) -> Result<(), SecretError> {
        let name = &self.0;
        let is_name = name.len() <= 80
            && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        // Every API token of Atlassian's begins so.
        if is_name && !name.starts_with("ATATT") { Ok(()) } else { Err(SecretError::NotAVariable) }
    }
}

impl ReadSecret for Variable {
    fn read(&self, environment: &Environment) -> Result<Reading, SecretError> {
        self.check()?;
        let origin = format!("environment variable {}", self.0);
        let value = environment
            .get(&self.0)
            .ok_or_else(|| SecretError::NotSet { variable: self.0.clone() })?;
        let text = value.to_str().ok_or_else(|| SecretError::NotText { origin: origin.clone() })?;
        ApiToken::from_text(text.to_owned(), &origin).map(Reading::plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(name: &str) -> String {
        let environment = [("EMPTY", ""), ("TWO_LINES", "s3cret\nmore")].into_iter().collect();
        let reading = Variable(name.into()).read(&environment);
        reading.err().expect("refused").to_string()
    }

    #[test]
    fn refusals_name_the_variable_and_never_what_may_be_a_token() {
        insta::assert_snapshot!(refusal("UNSET"), @"environment variable UNSET is not set. Set it to the API token, or name another source");
        insta::assert_snapshot!(refusal("EMPTY"), @"environment variable EMPTY is empty. Put an API token there; https://id.atlassian.com/manage-profile/security/api-tokens makes one");
        insta::assert_snapshot!(refusal("TWO_LINES"), @"environment variable TWO_LINES holds a line break or another control character. Leave only the token in it, on one line");
        for pasted in ["ATATT3xFfGF0s3cret", "s3cret=ABC", "$JIRA_API_TOKEN", ""] {
            insta::allow_duplicates! {
                insta::assert_snapshot!(refusal(pasted), @r#"`env` does not hold the name of an environment variable. Name the variable that has the token, as in { env = "JIRA_API_TOKEN" }"#);
            }
        }
    }
}
