//! What a credential and its account may be called.

/// No name needs more; file systems allow 255 bytes, of which a file's ending takes some.
const LONGEST: usize = 64;

/// Checks the name of a credential: it stands in configs, in variables and in the names of files.
pub fn check_name(name: &str) -> Result<(), &'static str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.is_empty() || !name.chars().all(is_plain) {
        return Err("a credential's name has letters, digits, - and _ only. Rename it");
    }
    if name.len() > LONGEST {
        return Err("a credential's name has at most 64 characters. Rename it");
    }
    Ok(())
}

/// Checks an account's e-mail address as far as a login needs it.
pub fn check_username(username: &str) -> Result<(), &'static str> {
    if username.trim().is_empty() {
        return Err("the user name is empty. Give the account's e-mail address");
    }
    // Basic auth ends the user name at the first colon, and a header at the first line break.
    if username.contains(':') || username.chars().any(char::is_control) {
        return Err(
            "the user name holds a colon or a control character. Give the account's e-mail address",
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_name_that_is_taken_is_one_step_of_a_path(name in any::<String>()) {
            check_step(&name)?;
        }

        #[test]
        fn a_name_of_likely_characters_is_one_step_of_a_path(name in "[a-zA-Z0-9_./\\\\ -]{0,70}") {
            check_step(&name)?;
        }
    }

    fn check_step(name: &str) -> Result<(), TestCaseError> {
        if check_name(name).is_ok() {
            let path = std::path::Path::new("folder").join(format!("{name}.json"));
            prop_assert_eq!(path.components().count(), 2);
            prop_assert!(name.len() <= LONGEST && !name.contains('.'));
        }
        Ok(())
    }
}
