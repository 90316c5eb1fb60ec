//! From the destination's URL to an opened store: which kinds there are, and whether this one works.
//!
//! Must not know what is stored. A further kind of store is a variant of [`Service`] and a file in
//! `object_stores`.

use super::error::{Cause, LakeError};
use super::layout;
use super::object_stores::{self, Patience};
use super::store::{Store, fault_of};
use super::store_options::StoreOptions;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::{Path, PathBuf};
use url::Url;

/// Opens the destination, making the folder if need be, and proves that it can be written.
pub(super) async fn open(url: &str, options: &StoreOptions) -> Result<Store, LakeError> {
    match place(url)? {
        Place::Folder(path) => {
            let store = open_folder(url, path).await?;
            prove(&store).await?;
            Ok(store)
        }
        Place::Objects(service, parsed) => {
            let open = |patience| object_stores::open(service, url, &parsed, options, patience);
            prove(&open(Patience::Short).await?).await?;
            open(Patience::Long).await
        }
    }
}

/// Opens the destination to look at it: nothing is made or written. None if it is a folder that is not there.
pub(super) async fn look(url: &str, options: &StoreOptions) -> Result<Option<Store>, LakeError> {
    match place(url)? {
        Place::Folder(path) if !path.is_dir() => Ok(None),
        Place::Folder(path) => open_folder(url, path).await.map(Some),
        Place::Objects(service, parsed) => {
            object_stores::open(service, url, &parsed, options, Patience::Long).await.map(Some)
        }
    }
}

/// Writes something and deletes it.
async fn prove(store: &Store) -> Result<(), LakeError> {
    // A name of its own: two runs may open one destination at the same moment.
    let random = RandomState::new().build_hasher().finish();
    store.probe(&format!("{}/probe-{random:016x}", layout::HOUSEKEEPING)).await?;
    store.delete_if_empty(layout::HOUSEKEEPING).await;
    Ok(())
}

/// The kinds of destination, as the URL names them.
enum Place {
    Folder(PathBuf),
    Objects(Service, Url),
}

/// The object stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    S3,
    Gcs,
    Azure,
}

impl Service {
    /// The schemes are those that the clients themselves know.
    fn of_scheme(scheme: &str) -> Option<Self> {
        match scheme {
            "s3" | "s3a" => Some(Self::S3),
            "gs" => Some(Self::Gcs),
            "az" | "azure" | "adl" | "abfs" | "abfss" => Some(Self::Azure),
            _ => None,
        }
    }

    /// The cargo feature that it is in.
    fn feature(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Gcs => "gcs",
            Self::Azure => "azure",
        }
    }

    fn is_built_in(self) -> bool {
        match self {
            Self::S3 => cfg!(feature = "s3"),
            Self::Gcs => cfg!(feature = "gcs"),
            Self::Azure => cfg!(feature = "azure"),
        }
    }
}

fn place(url: &str) -> Result<Place, LakeError> {
    if url.trim().is_empty() {
        return Err(unusable(url, "it is empty", "name a folder such as ./lake", None));
    }
    let Some((scheme, rest)) = url.split_once("://") else {
        if url == "~" || url.starts_with("~/") {
            // Only a shell expands it; taken as it is, it would make a folder named "~".
            return Err(unusable(url, "'~' is not expanded here", "write the full path", None));
        }
        return Ok(Place::Folder(PathBuf::from(url)));
    };
    let scheme = scheme.to_ascii_lowercase();
    if let Some(service) = Service::of_scheme(&scheme) {
        return objects(url, service);
    }
    if scheme != "file" {
        let reason = format!("{scheme}:// is not a kind of destination");
        return Err(unusable(url, &reason, "use a folder, s3://, gs:// or az://", None));
    }
    let path = Url::parse(url).ok().and_then(|parsed| parsed.to_file_path().ok());
    match path {
        Some(path) if rest.starts_with('/') => Ok(Place::Folder(path)),
        _ => Err(unusable(
            url,
            "it is not the URL of a local folder",
            "write file:///full/path, or the path alone",
            None,
        )),
    }
}

fn objects(url: &str, service: Service) -> Result<Place, LakeError> {
    const FORM: &str = "write it as in s3://bucket/folder";
    if !service.is_built_in() {
        return Err(not_in_this_build(url, service));
    }
    let refuse = |reason| Err(unusable(url, reason, FORM, None));
    match Url::parse(url) {
        Err(_) => refuse("it is not a URL"),
        Ok(parsed) if parsed.host_str().is_none_or(str::is_empty) => {
            refuse("it names no bucket or container")
        }
        // They would be left out without a word, or be a login.
        Ok(parsed) if parsed.query().is_some() || parsed.fragment().is_some() => {
            refuse("the names of its folders hold a `?` or `#`")
        }
        Ok(parsed) => Ok(Place::Objects(service, parsed)),
    }
}

/// Whether the client for a URL has an option of that name.
#[cfg(all(test, feature = "s3", feature = "gcs", feature = "azure"))]
pub(crate) fn has_option(url: &str, name: &str) -> bool {
    match place(url) {
        Ok(Place::Objects(service, parsed)) => object_stores::has_option(service, &parsed, name),
        _ => false,
    }
}

async fn open_folder(url: &str, path: PathBuf) -> Result<Store, LakeError> {
    let shown = url.to_owned();
    let opened = tokio::task::spawn_blocking(move || {
        make_folder(&shown, &path)?;
        Store::local(path, &shown).map_err(|error| folder_refused(&shown, error.into()))
    });
    opened.await.map_err(|error| folder_refused(url, error.into()))?
}

fn make_folder(url: &str, path: &Path) -> Result<(), LakeError> {
    if path.is_file() {
        let remedy = "choose a folder, or move the file away";
        return Err(unusable(url, "it is a file, and a folder is needed", remedy, None));
    }
    std::fs::create_dir_all(path).map_err(|error| folder_refused(url, error.into()))
}

fn folder_refused(url: &str, source: Cause) -> LakeError {
    let fault = fault_of(source.as_ref());
    unusable(
        url,
        &format!("the folder cannot be made or opened: {fault}"),
        fault.remedy(),
        Some(source),
    )
}

/// For a store whose client was left out.
pub(super) fn not_in_this_build(url: &str, service: Service) -> LakeError {
    let feature = service.feature();
    let reason =
        format!("destinations of its kind are not available in this build (feature `{feature}`)");
    unusable(url, &reason, "use a build with it, or a local folder such as ./lake", None)
}

/// A destination that is refused before anything is written there.
pub(super) fn unusable(url: &str, reason: &str, remedy: &str, source: Option<Cause>) -> LakeError {
    LakeError::Destination {
        url: url.to_owned(),
        reason: reason.to_owned(),
        remedy: remedy.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::super::StorageFault;
    use super::*;

    async fn refusal(url: &str) -> LakeError {
        open(url, &StoreOptions::default()).await.expect_err(url)
    }

    #[tokio::test]
    async fn a_folder_is_made_and_left_empty() {
        let home = tempfile::tempdir().unwrap();
        for name in ["lake", "with space/and é/100%", "hash#1"] {
            let path = home.path().join(name);
            open(path.to_str().unwrap(), &StoreOptions::default()).await.unwrap();
            assert_eq!(std::fs::read_dir(&path).unwrap().count(), 0, "{name}");
        }
        let url = format!("file://{}/by/url", home.path().display());
        open(&url, &StoreOptions::default()).await.unwrap();
        assert!(home.path().join("by/url").is_dir());
    }

    #[tokio::test]
    async fn a_destination_that_is_a_file_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("lake");
        std::fs::write(&file, "mine").unwrap();
        let error = refusal(file.to_str().unwrap()).await.to_string();
        assert!(error.contains("it is a file") && error.contains("choose a folder"), "{error}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");

        let error = refusal(file.join("below").to_str().unwrap()).await;
        assert_eq!(error.fault(), Some(StorageFault::NotAFolder), "{error}");
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_made_is_refused() {
        // The kernel's own folder refuses everybody, root included.
        let error = refusal("/proc/jira-feeds-lake").await;
        assert!(error.to_string().contains("cannot be made or opened"), "{error}");
        assert!(std::error::Error::source(&error).is_some());
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_written_is_refused() {
        let error = refusal("/proc/self").await.to_string();
        assert!(error.contains("could not write /proc/self/_jira_feeds/probe-"), "{error}");
    }

    #[cfg(unix)]
    #[allow(clippy::print_stderr, reason = "a test that did not run must say so")]
    #[tokio::test]
    async fn a_read_only_folder_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o555)).unwrap();
        if std::fs::write(home.path().join("x"), "").is_ok() {
            eprintln!("skipped: this account may write to a read-only folder (root?)");
            return;
        }
        let error = refusal(home.path().to_str().unwrap()).await;
        assert_eq!(error.fault(), Some(StorageFault::PermissionDenied), "{error}");
        assert!(error.to_string().contains("the right to write there"), "{error}");
    }

    #[tokio::test]
    async fn other_kinds_and_odd_names_are_refused_with_a_remedy() {
        for (url, reason) in [
            ("s3:///lake", "names no bucket"),
            ("gs://bucket/lake?sig=1", "hold a `?`"),
            ("az://container/a#b", "or `#`"),
            ("ftp://host/lake", "not a kind of destination"),
            ("file://lake", "not the URL of a local folder"),
            ("", "empty"),
            ("~/lake", "not expanded"),
        ] {
            let error = refusal(url).await.to_string();
            assert!(error.contains(reason), "{error}");
        }
    }
}
