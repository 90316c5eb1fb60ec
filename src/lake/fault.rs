//! Failures of a store that call for different remedies, read from whatever the causes say.
//!
//! A folder's faults are told by the operating system's own error, wherever it is in the chain of
//! causes; an object store's by the code that the service gives in the body of its answer. Of such a
//! body only code and message are shown: some services repeat in it what they were sent.

use super::error::Cause;
use std::error::Error;
use std::fmt;
use std::io::ErrorKind;

/// Failures of a store that call for different remedies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StorageFault {
    /// No space, or no quota, is left.
    DiskFull,
    /// The file system is mounted read-only.
    ReadOnly,
    /// The account that runs this may not.
    PermissionDenied,
    /// A file stands where a folder is needed.
    NotAFolder,
    /// What should be there is not.
    Missing,
    /// The bucket or container does not exist.
    NoBucket,
    /// The bucket is in another region than the one that is asked.
    WrongRegion,
    /// The object store does not know the login, or no longer.
    LoginRefused,
    /// Nothing answers at the object store's address.
    Unreachable,
    /// Anything else.
    Other,
}

/// What object stores call their faults: S3 and Google Cloud Storage
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>,
/// <https://cloud.google.com/storage/docs/xml-api/reference-status>), Azure
/// (<https://learn.microsoft.com/en-us/rest/api/storageservices/blob-service-error-codes>).
const CODES: [(StorageFault, &[&str]); 4] = [
    (StorageFault::NoBucket, &["NoSuchBucket", "ContainerNotFound", "ContainerBeingDeleted"]),
    (
        StorageFault::WrongRegion,
        &[
            "PermanentRedirect",
            "AuthorizationHeaderMalformed",
            "IllegalLocationConstraintException",
            "IncorrectEndpoint",
        ],
    ),
    (
        StorageFault::LoginRefused,
        &[
            "InvalidAccessKeyId",
            "SignatureDoesNotMatch",
            "ExpiredToken",
            "InvalidToken",
            "InvalidSecurity",
            "RequestTimeTooSkewed",
            "AuthenticationFailed",
            "AuthenticationRequired",
            "InvalidAuthenticationInfo",
            "NoAuthenticationInformation",
        ],
    ),
    (
        StorageFault::PermissionDenied,
        &[
            "AccessDenied",
            "AllAccessDisabled",
            "AccountProblem",
            "AuthorizationFailure",
            "AuthorizationPermissionMismatch",
            "AuthorizationProtocolMismatch",
            "AuthorizationSourceIPMismatch",
            "InsufficientAccountPermissions",
        ],
    ),
];

impl StorageFault {
    /// Reads the fault from the first cause that tells one.
    pub(super) fn find(error: &(dyn Error + 'static)) -> Self {
        let told_by_code = answer(error).and_then(|answer| {
            CODES
                .iter()
                .find(|(_, codes)| codes.contains(&answer.code.as_str()))
                .map(|(fault, _)| *fault)
        });
        told_by_code
            .or_else(|| chain(error).map(Self::of_cause).find(|fault| *fault != Self::Other))
            .unwrap_or(Self::Other)
    }

    fn of_cause(cause: &(dyn Error + 'static)) -> Self {
        if let Some(error) = cause.downcast_ref::<std::io::Error>() {
            return match error.kind() {
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::DiskFull,
                ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
                ErrorKind::PermissionDenied => Self::PermissionDenied,
                ErrorKind::NotADirectory => Self::NotAFolder,
                ErrorKind::NotFound => Self::Missing,
                _ => Self::Other,
            };
        }
        match cause.downcast_ref::<object_store::Error>() {
            Some(object_store::Error::PermissionDenied { .. }) => return Self::PermissionDenied,
            Some(object_store::Error::Unauthenticated { .. }) => return Self::LoginRefused,
            _ => {}
        }
        Self::of_request(cause)
    }

    #[cfg(any(feature = "s3", feature = "gcs", feature = "azure"))]
    fn of_request(cause: &(dyn Error + 'static)) -> Self {
        use object_store::client::{HttpError, HttpErrorKind};
        match cause.downcast_ref::<HttpError>().map(HttpError::kind) {
            Some(HttpErrorKind::Connect | HttpErrorKind::Timeout) => Self::Unreachable,
            // A redirection without an address, which is how S3 says it where it gives no body.
            _ if cause.to_string().starts_with("Received redirect without LOCATION") => {
                Self::WrongRegion
            }
            _ => Self::Other,
        }
    }

    #[cfg(not(any(feature = "s3", feature = "gcs", feature = "azure")))]
    fn of_request(_: &(dyn Error + 'static)) -> Self {
        Self::Other
    }

    /// What to do next.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        match self {
            Self::DiskFull => "free some space there, or choose another destination, and run again",
            Self::ReadOnly => "mount it writable, or choose another destination",
            Self::PermissionDenied => {
                "give the account that runs this the right to write there, or choose another destination"
            }
            Self::NotAFolder => "choose a destination that is a folder, or move the file away",
            Self::Missing => "check that nothing else works on this destination, and run again",
            Self::NoBucket => "check its name, or make it; jira-feeds makes none",
            Self::WrongRegion => {
                "give the bucket's region by AWS_REGION or by `region` in [destination.options]"
            }
            Self::LoginRefused => {
                "check the keys in the environment or in [destination.options], whether they have ended, and the machine's clock"
            }
            Self::Unreachable => {
                "check the network, the proxy, and the endpoint if one is configured, and run again"
            }
            Self::Other => "check the destination, and run again",
        }
    }
}

impl fmt::Display for StorageFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DiskFull => "the disk is full",
            Self::ReadOnly => "the file system is read-only",
            Self::PermissionDenied => "permission denied",
            Self::NotAFolder => "a file stands where a folder is needed",
            Self::Missing => "it is not there",
            Self::NoBucket => "the bucket or container does not exist",
            Self::WrongRegion => "the bucket is in another region",
            Self::LoginRefused => "the login was refused",
            Self::Unreachable => "the object store cannot be reached",
            Self::Other => "the store failed",
        })
    }
}

/// The fault in words, with the service's own; where it has no name, what the innermost cause says.
pub(super) fn explain(fault: StorageFault, source: &(dyn Error + 'static)) -> String {
    let innermost = || chain(source).last().unwrap_or(source).to_string();
    match (fault, answer(source)) {
        (StorageFault::Other, Some(answer)) => answer.to_string(),
        (StorageFault::Other, None) => innermost(),
        (StorageFault::Unreachable, _) => format!("{fault} ({})", innermost()),
        (_, Some(answer)) => format!("{fault} ({answer})"),
        (_, None) => fault.to_string(),
    }
}

/// What an object store says in an answer that refuses: all that is kept of it.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{code}{}{message}", if .message.is_empty() { "" } else { ": " })]
pub(super) struct Answer {
    code: String,
    message: String,
}

impl Answer {
    /// Reads the XML that all three services give; the client has no public type for it.
    fn parse(text: &str) -> Option<Self> {
        let element = |name: &str| {
            let (_, rest) = text.split_once(&format!("<{name}>"))?;
            let (inside, _) = rest.split_once(&format!("</{name}>"))?;
            // Azure's goes on with the ids of the request, line by line.
            inside.lines().next().map(|line| line.chars().take(200).collect::<String>())
        };
        let message = element("Message").unwrap_or_default();
        Some(Self { code: element("Code")?, message: message.trim_end_matches('.').to_owned() })
    }

    /// Of any other answer that refuses, as a proxy's page, the status only. The client's error has it
    /// before the body, and no public type for it either.
    fn status(text: &str) -> Option<Self> {
        let status = text.split_once("Server returned non-2xx status code: ");
        let status = status.and_then(|(_, status)| status.split(':').next());
        let in_success = || text.contains("Server returned error response: ");
        let status =
            status.or_else(|| in_success().then_some("an error in an answer of success"))?;
        Some(Self { code: status.to_owned(), message: String::new() })
    }
}

fn answer(error: &(dyn Error + 'static)) -> Option<Answer> {
    let kept = chain(error).find_map(|cause| cause.downcast_ref::<Answer>()).cloned();
    let read = |read: fn(&str) -> Option<Answer>| {
        move || chain(error).find_map(|cause| read(&cause.to_string()))
    };
    kept.or_else(read(Answer::parse)).or_else(read(Answer::status))
}

/// The cause without the body of an answer, of which nobody knows what it repeats.
pub(super) fn without_body(cause: Cause) -> Cause {
    match answer(cause.as_ref()) {
        Some(answer) => answer.into(),
        None => cause,
    }
}

/// An error and its causes, outermost first.
pub(super) fn chain<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&cause| cause.source())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(body: &str) -> Cause {
        let source = format!("Server returned non-2xx status code: 403 Forbidden: {body}").into();
        object_store::Error::Generic { store: "S3", source }.into()
    }

    #[test]
    fn a_service_tells_its_fault_by_a_code() {
        for (code, fault) in [
            ("NoSuchBucket", StorageFault::NoBucket),
            ("ContainerNotFound", StorageFault::NoBucket),
            ("PermanentRedirect", StorageFault::WrongRegion),
            ("ExpiredToken", StorageFault::LoginRefused),
            ("AuthenticationFailed", StorageFault::LoginRefused),
            ("AccessDenied", StorageFault::PermissionDenied),
            ("EntityTooSmall", StorageFault::Other),
        ] {
            let cause =
                refused(&format!("<Error><Code>{code}</Code><Message>No.</Message></Error>"));
            assert_eq!(StorageFault::find(cause.as_ref()), fault, "{code}");
            let told = explain(fault, cause.as_ref());
            assert!(told.contains(&format!("{code}: No")), "{told}");
        }
    }

    #[test]
    fn of_the_body_of_an_answer_only_code_and_message_are_kept() {
        let body = "<Error><Code>SignatureDoesNotMatch</Code><Message>No.\nRequestId:1</Message>\
            <StringToSign>s3cret</StringToSign></Error>";
        let error = super::super::LakeError::storage("write", "s3://b/x", refused(body));
        let mut texts: Vec<String> = chain(&error).map(ToString::to_string).collect();
        texts.push(format!("{error:?}"));
        assert_eq!(error.fault(), Some(StorageFault::LoginRefused));
        for text in texts {
            assert!(!text.contains("s3cret") && !text.contains("RequestId"), "{text}");
        }
    }

    #[test]
    fn of_an_answer_that_is_no_store_s_the_status_is_kept() {
        for body in ["<html>s3cret</html>", "s3cret: s3cret", "{\"error\": \"s3cret\"}", ""] {
            let error = super::super::LakeError::storage("write", "s3://b/x", refused(body));
            let texts: Vec<String> = chain(&error).map(ToString::to_string).collect();
            assert!(texts[0].contains("403 Forbidden"), "{}", texts[0]);
            assert!(!format!("{texts:?} {error:?}").contains("s3cret"), "{texts:?}");
        }
    }
}
