//! A secret in a file: Docker and Kubernetes secrets, or a file of one's own.

use super::{ReadSecret, Reading};
use crate::credential::{ApiToken, Environment, SecretError};
use std::fs::{File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};

/// No token is nearly as long; what is longer is another file.
const LIMIT: u64 = 64 * 1024;

/// The path of a file.
#[derive(Debug, Clone)]
pub struct SecretFile(pub(super) PathBuf);

impl ReadSecret for SecretFile {
    fn read(&self, _: &Environment) -> Result<Reading, SecretError> {
        let path = self.0.as_path();
        let failed = |error| SecretError::File { path: path.to_owned(), error };
        let origin = format!("file {}", path.display());
        let file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if metadata.is_dir() {
            return Err(SecretError::Directory { path: path.to_owned() });
        }
        let mut bytes = Vec::new();
        file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(failed)?;
        let token = token_of(bytes, &origin)?;
        let note = (is_private(&metadata) == Some(false) && !is_mounted(path)).then(|| {
            let path = path.display();
            format!(
                "Others on this machine can read the secret in {path}. `chmod 600 {path}` closes it"
            )
        });
        Ok(Reading { token, note })
    }
}

/// The token in bytes that a file or a command gave.
pub(in crate::credential) fn token_of(
    bytes: Vec<u8>,
    origin: &str,
) -> Result<ApiToken, SecretError> {
    if bytes.len() as u64 > LIMIT {
        return Err(SecretError::TooLong { origin: origin.to_owned(), limit: LIMIT });
    }
    let text =
        String::from_utf8(bytes).map_err(|_| SecretError::NotText { origin: origin.to_owned() })?;
    ApiToken::from_text(text, origin)
}

/// Docker and Kubernetes mount secrets readable for all inside the container, where nobody else is;
/// Kubernetes keeps its files behind a link `..data` in the same folder.
fn is_mounted(path: &Path) -> bool {
    path.starts_with("/run/secrets")
        || path.starts_with("/var/run/secrets")
        || path.parent().is_some_and(|folder| folder.join("..data").exists())
}

/// Whether nobody but its owner has any right to a file; none where modes do not tell.
#[cfg(unix)]
#[must_use]
pub fn is_private(metadata: &Metadata) -> Option<bool> {
    use std::os::unix::fs::MetadataExt;
    let rights_of_others = metadata.mode() & 0o077;
    Some(rights_of_others == 0)
}

/// Whether nobody but its owner has any right to a file; none where modes do not tell.
#[cfg(not(unix))]
#[must_use]
pub fn is_private(_: &Metadata) -> Option<bool> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &Path) -> Result<Reading, String> {
        let reading = SecretFile(path.to_owned()).read(&Environment::default());
        let folder = path.parent().expect("a folder").display().to_string();
        reading.map_err(|error| error.to_string().replace(&folder, "DIR"))
    }

    fn refusal(path: &Path) -> String {
        read(path).err().expect("refused")
    }

    #[test]
    fn refusals_name_the_file_and_never_its_content() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, content: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, content).expect("written");
            path
        };
        insta::assert_snapshot!(refusal(&folder.path().join("none")), @"cannot read the file DIR/none: No such file or directory (os error 2). Check the path and that this account may read it");
        insta::assert_snapshot!(refusal(&write("empty", b"\n")), @"file DIR/empty is empty. Put an API token there; https://id.atlassian.com/manage-profile/security/api-tokens makes one");
        insta::assert_snapshot!(refusal(&write("binary", b"s3cret\xff")), @"file DIR/binary is not UTF-8 text. Leave only the token in it, as plain text");
        insta::assert_snapshot!(refusal(&write("two_lines", b"s3cret\nmore\n")), @"file DIR/two_lines holds a line break or another control character. Leave only the token in it, on one line");
        insta::assert_snapshot!(refusal(&write("long", &vec![b'a'; 70_000])), @"file DIR/long is longer than 65536 bytes, which no API token is. Leave only the token in it");
        std::fs::create_dir(folder.path().join("folder")).expect("made");
        insta::assert_snapshot!(refusal(&folder.path().join("folder")), @"DIR/folder is a folder. Name the file in it that holds the token");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_noted_unless_it_is_a_mounted_secret() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("token");
        std::fs::write(&path, "s3cret\n").expect("written");
        let note = |mode| {
            std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).expect("set");
            let reading = read(&path).expect("read");
            assert_eq!(reading.token.expose(), "s3cret");
            reading.note
        };
        assert_eq!(note(0o600), None);
        assert!(note(0o640).is_some_and(|note| note.ends_with("closes it")));
        std::fs::create_dir(folder.path().join("..data")).expect("made");
        assert_eq!(note(0o644), None);
    }
}
