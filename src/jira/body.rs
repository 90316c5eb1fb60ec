//! Reading an answer's body, within bounds: an answer of data is large, one of an error is not, and neither
//! may be endless.

use super::trouble::{Trouble, trouble};
use bytes::{Bytes, BytesMut};

/// Far more than a page of the largest records that Jira keeps.
const LARGEST_ANSWER: usize = 512 * 1024 * 1024;
/// As much of an error's body as is read; the rest says nothing more.
const LARGEST_ERROR: usize = 64 * 1024;

/// The body, decompressed; that of an error is cut off where it gets long.
pub(super) async fn read_body(mut response: reqwest::Response) -> Result<Bytes, Trouble> {
    let is_error = !response.status().is_success();
    let mut body = BytesMut::new();
    while let Some(piece) = response.chunk().await.map_err(|error| trouble(&error))? {
        body.extend_from_slice(&piece);
        if is_error && body.len() >= LARGEST_ERROR {
            body.truncate(LARGEST_ERROR);
            break;
        }
        if body.len() > LARGEST_ANSWER {
            let megabytes = LARGEST_ANSWER / 1024 / 1024;
            let message =
                format!("the answer is longer than {megabytes} MiB, which no page of Jira's is");
            return Err(Trouble { message, is_final: true });
        }
    }
    Ok(body.freeze())
}
