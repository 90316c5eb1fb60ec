//! The report of a run, kept beside the data. Must not know what is in it.

use super::{Lake, LakeError, RunId, layout};
use serde::Serialize;

impl Lake {
    /// Keeps the report of a run; a later one of the same run takes its place.
    pub async fn write_report(
        &self,
        run: &RunId,
        report: &(impl Serialize + ?Sized),
    ) -> Result<(), LakeError> {
        self.write_document(&layout::report(run), report).await
    }
}
